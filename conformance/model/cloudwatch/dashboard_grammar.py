"""The types within the body of a dashboard, which is JSON that no model describes.

Source: CloudWatch API Reference, "Dashboard body structure and syntax".
"""

from collections.abc import Mapping
from typing import Any

from conformance.model.errors import NotAssessedError
from conformance.model.text import cut

_SHOWN = 80
_TEXTS = ("accountId", "end", "expression", "pattern", "region", "title", "view")


def understood(document: Any) -> Mapping[str, Any]:
    """Return the document, if its parts have the documented types.

    Raises:
        NotAssessedError: one has another type.
    """
    _require(isinstance(document, Mapping), document)
    widgets = document.get("widgets", [])
    _require(isinstance(widgets, list), widgets)
    for widget in widgets:
        _require_widget(widget)
    variables = document.get("variables", [])
    _require(isinstance(variables, list), variables)
    for part in (document, *variables):
        _require_texts(part)
    body: Mapping[str, Any] = document
    return body


def _require_widget(widget: Any) -> None:
    _require(isinstance(widget, Mapping), widget)
    _require(isinstance(widget.get("type"), str), widget)
    properties = widget.get("properties", {})
    _require_texts(properties)
    annotations = properties.get("annotations", {})
    _require(isinstance(annotations, Mapping), annotations)
    lists = [properties.get("alarms", []), annotations.get("alarms", [])]
    for texts in (*lists, properties.get("states", [])):
        _require(isinstance(texts, list), texts)
        _require(all(isinstance(text, str) for text in texts), texts)
    # Only metric widgets have rows: the metrics of an explorer are objects.
    metrics = properties.get("metrics", []) if widget["type"] == "metric" else []
    _require(isinstance(metrics, list), metrics)
    for row in metrics:
        _require_row(row)


def _require_row(row: Any) -> None:
    """Go on if a row of a metric widget holds text, and options."""
    _require(isinstance(row, list), row)
    for field in row:
        if not isinstance(field, str):
            _require_texts(field)


def _require_texts(part: Any) -> None:
    _require(isinstance(part, Mapping), part)
    for name in _TEXTS:
        _require(isinstance(part.get(name, ""), str), part)


def _require(fits: bool, part: Any) -> None:
    if not fits:
        raise NotAssessedError(f"dashboard not understood: {cut(str(part), _SHOWN)}")
