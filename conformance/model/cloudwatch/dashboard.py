"""The body of a CloudWatch dashboard: what each widget shows.

Source: CloudWatch API Reference, "Dashboard body structure and syntax".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.cloudwatch.metrics import Metric

_NAMES = 2
"""Namespace and metric name come before the dimensions."""


@dataclass(frozen=True)
class Widget:
    """One widget of a dashboard."""

    kind: str
    """`metric`, `alarm`, `text`, `custom`, `log` or `explorer`."""
    title: str
    metrics: frozenset[tuple[str, Metric]]
    """Region and metric."""
    alarms: frozenset[str]
    """ARNs."""
    text: str
    """The text of widgets that hold any."""
    searches: tuple[str, ...]
    """Expressions that find metrics when the dashboard is looked at."""


def widgets(document: Mapping[str, Any], region: str) -> list[Widget]:
    """Return the widgets of a dashboard; its region applies to those that name none."""
    return [_widget(widget, region) for widget in document["widgets"]]


def _widget(document: Mapping[str, Any], region: str) -> Widget:
    # Every property is optional, and none is set by default but the region.
    properties = document.get("properties", {})
    at = properties.get("region", region)
    entries = list(_entries(properties.get("metrics", ())))
    alarm = properties.get("annotations", {}).get("alarms", ())
    says = document["type"] in ("custom", "text")
    return Widget(
        kind=document["type"],
        title=properties.get("title", ""),
        metrics=frozenset(
            (options.get("region", at), _metric(fields))
            for fields, options in entries
            if len(fields) >= _NAMES
        ),
        alarms=frozenset([*properties.get("alarms", ()), *alarm]),
        text=json.dumps(properties, ensure_ascii=False) if says else "",
        searches=tuple(
            options["expression"]
            for _, options in entries
            if "SEARCH(" in options.get("expression", "")
            or options.get("expression", "").upper().startswith("SELECT")
        ),
    )


def _entries(
    rows: Sequence[Sequence[Any]],
) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """Each row's fields with the shorthands filled in, and its options."""
    before: list[str] = []
    for row in rows:
        options = row[-1] if row and isinstance(row[-1], dict) else {}
        fields = [field for field in row if not isinstance(field, dict)]
        if fields:
            before = _filled(fields, before)
        yield (before if fields else []), options


def _filled(fields: list[str], before: list[str]) -> list[str]:
    """`.` is the field above; `...` is all fields above that are not given after."""
    if "..." in fields:
        at = fields.index("...")
        last = fields[at + 1 :]
        fields = [*fields[:at], *before[at : len(before) - len(last)], *last]
    return [
        before[n] if field == "." and n < len(before) else field
        for n, field in enumerate(fields)
    ]


def _metric(fields: list[str]) -> Metric:
    pairs = zip(fields[_NAMES::2], fields[_NAMES + 1 :: 2], strict=False)
    return Metric(fields[0], fields[1], frozenset(pairs))
