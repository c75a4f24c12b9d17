"""The rows of a metric widget: which metrics they show, and where these are.

Source: CloudWatch API Reference, "Dashboard body structure and syntax", on the format
of each metric in the array.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.cloudwatch.metrics import Metric

_NAMES = 2
"""Namespace and metric name come before the dimensions."""
_OPTIONS = frozenset(
    [
        "accountId",
        "color",
        "expression",
        "id",
        "label",
        "period",
        "region",
        "stat",
        "visible",
        "yAxis",
    ]
)


@dataclass(frozen=True)
class Place:
    """The account and region of a metric."""

    account: str
    region: str


@dataclass(frozen=True)
class Unclear:
    """Something on a dashboard that is not understood."""

    text: str
    by_name: bool = True
    """True if it shows no metric whose name is not in its text."""
    is_widget: bool = False
    """True if it is a whole widget, which may show anything."""


@dataclass(frozen=True)
class Row:
    """One row of a metric widget."""

    metric: Metric | None
    """None for a row that is an expression."""
    options: Mapping[str, Any]

    @property
    def is_visible(self) -> bool:
        """False for what is there for expressions alone; absent means true."""
        return self.options.get("visible", True) is not False

    @property
    def expression(self) -> str:
        """The expression; empty where the row is a metric."""
        return str(self.options.get("expression", ""))

    @property
    def unknown(self) -> list[str]:
        """The options that nobody here knows."""
        return sorted(set(self.options) - _OPTIONS)

    def place(self, widget: Place) -> Place:
        """Return where the metric is; its widget says it for rows that do not."""
        return Place(
            self.options.get("accountId", widget.account),
            self.options.get("region", widget.region),
        )


def rows(listed: Sequence[Sequence[Any]]) -> list[Row]:
    """Return the rows of a widget, with the shorthands filled in."""
    return [
        Row(_metric(fields) if len(fields) >= _NAMES else None, options)
        for fields, options in _entries(listed)
    ]


def unclear(listed: Sequence[Row]) -> Iterator[Unclear]:
    """Yield what is shown and not understood: what expressions make of it."""
    hidden = {
        str(row.options["id"]): row
        for row in listed
        if row.metric and not row.is_visible and "id" in row.options
    }
    for row in listed:
        if row.unknown:
            yield Unclear(f"a row with {', '.join(row.unknown)}: {row.metric}")
        if row.expression and row.is_visible:
            every = "METRICS(" in row.expression.upper()
            words = set(re.findall(r"\w+", row.expression))
            used = [hidden[name] for name in hidden if every or name in words]
            named = sorted(
                {used_row.metric.name for used_row in used if used_row.metric}
            )
            if named:
                yield Unclear(f"{row.expression} of {', '.join(named)}")
            elif _finds(row.expression):
                by_name = re.search("MetricName|SELECT", row.expression, re.IGNORECASE)
                yield Unclear(row.expression, by_name=bool(by_name))


def _finds(expression: str) -> bool:
    """Return True if an expression finds metrics of its own, beside the listed ones."""
    text = expression.lstrip().upper()
    return "SEARCH(" in text or text.startswith("SELECT") or "{" in text


def _entries(
    listed: Sequence[Sequence[Any]],
) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """Yield each row's fields with the shorthands filled in, and its options."""
    before: list[str] = []
    for row in listed:
        options = row[-1] if row and isinstance(row[-1], dict) else {}
        fields = [str(field) for field in row if not isinstance(field, dict)]
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


def as_text(value: object) -> str:
    """Return a value of the body as text to look for names in."""
    return json.dumps(value, ensure_ascii=False, default=str)
