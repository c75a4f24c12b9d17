"""The body of a CloudWatch dashboard: what each widget shows.

Source: CloudWatch API Reference, "Dashboard body structure and syntax".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from conformance.model.cloudwatch.dashboard_rows import (
    Place,
    Row,
    Unclear,
    as_text,
    rows,
    unclear,
)
from conformance.model.cloudwatch.metrics import Metric

_KINDS = frozenset({"alarm", "custom", "explorer", "log", "metric", "text"})
_BODY = frozenset({"end", "periodOverride", "start", "variables", "widgets"})
_WIDGET = frozenset({"height", "properties", "type", "width", "x", "y"})
_PROPERTIES = frozenset(
    [
        "accountId",
        "annotations",
        "end",
        "legend",
        "liveData",
        "metrics",
        "period",
        "region",
        "setPeriodToTimeRange",
        "singleValueFullPrecision",
        "sparkline",
        "stacked",
        "start",
        "stat",
        "table",
        "timezone",
        "title",
        "trend",
        "view",
        "yAxis",
    ]
)
"""The properties of a metric widget."""
_VIEWS = frozenset({"bar", "gauge", "pie", "singleValue", "table", "timeSeries"})
_RELATIVE = ("-P", "P")
"""Beginnings of a time that is counted from now."""


@dataclass(frozen=True)
class Widget:
    """One widget of a dashboard."""

    kind: str
    """`metric`, `alarm`, `text`, `custom`, `log`, `explorer`, or a newer one."""
    metrics: frozenset[tuple[Place, Metric]] = frozenset()
    alarms: frozenset[str] = frozenset()
    """ARNs."""
    text: str = ""
    """The text of widgets that hold any."""
    unclear: tuple[Unclear, ...] = ()
    """The parts that are not understood, and may show something."""
    end: str = ""
    """The fixed time up to which it shows anything; empty for now."""

    def ended(self, now: datetime) -> bool:
        """Return True if it shows the past alone.

        Raises:
            ValueError: its end is no time.
        """
        if not self.end or self.end.startswith(_RELATIVE):
            return False
        end = datetime.fromisoformat(self.end)
        return (end if end.tzinfo else end.replace(tzinfo=now.tzinfo)) < now


def widgets(document: Mapping[str, Any], here: Place) -> list[Widget]:
    """Return the widgets of a dashboard, which is here."""
    end = document.get("end", "")  # absent: up to now
    found = (_widget(widget, here) for widget in document["widgets"])
    return [widget if widget.end else replace(widget, end=end) for widget in found]


def unknown_settings(document: Mapping[str, Any], here: Place) -> Iterator[str]:
    """Yield what may change all that a dashboard shows, in words."""
    yield from sorted(f"its {name}" for name in set(document) - _BODY)
    body = as_text(document["widgets"])
    for variable in document.get("variables", ()):
        if _matters(variable, body, here):
            name = variable.get("label") or variable.get("id") or as_text(variable)
            yield f"its variable {name}"


def _matters(variable: Mapping[str, Any], body: str, here: Place) -> bool:
    """Return True if a variable may replace what makes up the metrics."""
    if variable.get("type") == "pattern":
        pattern = variable.get("pattern", "")
        same = variable.get("defaultValue") == pattern
        return not same and (pattern in body or _matches(pattern, body))
    name = variable.get("property", "")
    own = {"region": here.region, "accountId": here.account}
    if name in own:
        return bool(variable.get("defaultValue") != own[name])
    harmless = _PROPERTIES - {"metrics", "annotations", "end", "start"}
    return name not in harmless and f'"{name}"' in body


def _matches(pattern: str, body: str) -> bool:
    """Return True if a pattern matches in the body, or is none."""
    try:
        return bool(re.search(pattern, body))
    except re.error:
        return True


def _widget(document: Mapping[str, Any], here: Place) -> Widget:
    kind = document["type"]
    # Every property is optional: the dashboard's region and account hold without one.
    properties = document.get("properties", {})
    title = properties.get("title") or "without a title"
    named = f"the {kind} widget {title}"
    strange = sorted(set(document) - _WIDGET)
    if kind not in _KINDS or strange:
        said = f"{named} {', '.join(strange)}".strip()
        unknown = Unclear(said, by_name=False, is_widget=True)
        return Widget(kind, unclear=(unknown,))
    match kind:
        case "metric":
            return _metric_widget(named, properties, here)
        case "explorer":
            # It finds resources by their tags, when the dashboard is looked at.
            return Widget(kind, unclear=(Unclear(f"{named}: {as_text(properties)}"),))
        case "alarm":
            return Widget(kind, alarms=_alarms(properties))
        case "custom" | "text":
            return Widget(kind, text=as_text(properties))
    return Widget(kind)


def _metric_widget(named: str, properties: Mapping[str, Any], here: Place) -> Widget:
    strange = sorted(set(properties) - _PROPERTIES)
    view = properties.get("view", "timeSeries")
    if view not in _VIEWS:
        strange.append(f"view {view}")
    if strange:
        shown = as_text(properties.get("metrics", ()))
        said = f"{named} with {', '.join(strange)}: {shown}"
        return Widget("metric", unclear=(Unclear(said),))
    place = Place(
        properties.get("accountId", here.account), properties.get("region", here.region)
    )
    listed = rows(properties.get("metrics", ()))
    return Widget(
        "metric",
        metrics=frozenset(_shown(listed, place)),
        alarms=frozenset(properties.get("annotations", {}).get("alarms", ())),
        unclear=tuple(unclear(listed)),
        end=properties.get("end", ""),
    )


def _shown(listed: list[Row], place: Place) -> Iterator[tuple[Place, Metric]]:
    for row in listed:
        if row.metric and row.is_visible and not row.unknown:
            yield row.place(place), row.metric


def _alarms(properties: Mapping[str, Any]) -> frozenset[str]:
    # Without states, alarms of every state are shown.
    states = properties.get("states", ["ALARM"])
    return frozenset(properties.get("alarms", ()) if "ALARM" in states else ())
