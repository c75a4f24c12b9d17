"""Metric math of the simple kinds: which metrics it stands for.

Understood are expressions whose value is at least that of each of their metrics where
any of them has data, so that one above the threshold raises the alarm. A plain sum is
none of them: it has no value at a time when one of its metrics has none (CloudWatch
User Guide, "Using metric math", on missing data points).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.model.errors import DoubtError

_NAME = r"[a-z][A-Za-z0-9_]*"
_FILLED = rf"FILL\(({_NAME}),0\)"
_ONE = re.compile(rf"^(?:({_NAME})|{_FILLED})$")
_TOGETHER = re.compile(r"^(?:SUM|MAX)\((?:METRICS\(\)|\[(.+)\])\)$")


def metrics_of(queries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the MetricStat of each metric that an alarm's metric math depends on.

    Raises:
        DoubtError: it is not of the simple kinds.
    """
    stats = {
        query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query
    }
    expressions = {
        query["Id"]: query["Expression"] for query in queries if "Expression" in query
    }
    # ReturnData is true where it is absent (API_MetricDataQuery).
    returned = [query["Id"] for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise DoubtError(f"{len(returned)} queries that return data")
    (shown,) = returned
    if shown in stats:
        return [stats[shown]]
    wanted = watched_ids(expressions[shown], list(stats))
    if not stats.keys() >= set(wanted):
        raise DoubtError(expressions[shown])
    return [stats[name] for name in wanted]


def watched_ids(expression: str, metrics: Sequence[str]) -> list[str]:
    """Return the ids of the metrics that an expression is never below.

    Raises:
        DoubtError: it is not of the simple kinds.
    """
    text = re.sub(r"\s+", "", expression)
    if one := _ONE.match(text):
        return [one[1] or one[2]]
    if together := _TOGETHER.match(text):
        parts = _split(together[1]) if together[1] else list(metrics)
        return [_id(part, expression) for part in parts]
    parts = text.split("+")
    if len(parts) > 1 and all(re.fullmatch(_FILLED, part) for part in parts):
        return [_id(part, expression) for part in parts]
    raise DoubtError(expression)


def _split(listed: str) -> list[str]:
    """Split at commas outside parentheses."""
    return re.split(r",(?![^(]*\))", listed)


def _id(part: str, expression: str) -> str:
    one = _ONE.match(part)
    if one is None:
        raise DoubtError(expression)
    return one[1] or one[2]
