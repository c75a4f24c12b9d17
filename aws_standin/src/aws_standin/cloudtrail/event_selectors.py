"""The event selectors of a trail, basic and advanced.

Source: CloudTrail API Reference, EventSelector, DataResource, AdvancedEventSelector
and AdvancedFieldSelector.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_standin.cloudtrail.event_record import Event

DEFAULT: dict[str, Any] = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
"""The selector of a trail that was given none: all management events, no data."""

TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}


def wants(selectors: Mapping[str, Any], event: Event) -> bool:
    """Say whether any selector of a trail selects the event."""
    if advanced := selectors.get("AdvancedEventSelectors"):
        return any(_advanced(one["FieldSelectors"], event) for one in advanced)
    basic = selectors.get("EventSelectors") or [DEFAULT]
    return any(_basic(one, event) for one in basic)


def _basic(selector: Mapping[str, Any], event: Event) -> bool:
    kinds = {"All": True, "ReadOnly": event.read_only, "WriteOnly": not event.read_only}
    if not kinds[selector.get("ReadWriteType") or "All"]:
        return False
    if event.category == "Management":
        excluded = selector.get("ExcludeManagementEventSources") or []
        included = selector.get("IncludeManagementEvents", True)
        return bool(included) and event.document["eventSource"] not in excluded
    return any(
        resource["type"] == wanted["Type"]
        and any(_covers(value, resource["ARN"]) for value in wanted.get("Values", []))
        for wanted in selector.get("DataResources") or []
        for resource in event.document["resources"]
    )


def _covers(value: str, arn: str) -> bool:
    """Return True if the value is a prefix (arn:aws:dynamodb), or exactly the ARN.

    Of S3 alone, bucket and object ARNs are prefixes.
    """
    parts = value.rstrip(":").split(":")
    if len(parts) <= 3 or value.startswith("arn:aws:s3"):  # noqa: PLR2004 - arn:aws:service
        return arn.startswith(value.rstrip(":"))
    return arn == value


def _advanced(fields: Sequence[Mapping[str, Any]], event: Event) -> bool:
    return all(_field_holds(one, _values(one["Field"], event)) for one in fields)


def _values(field: str, event: Event) -> list[str]:
    resources = event.document["resources"]
    match field:
        case "eventCategory":
            return [event.category]
        case "readOnly":
            return [str(event.read_only).lower()]
        case "resources.type":
            return [one["type"] for one in resources]
        case "resources.ARN":
            return [one["ARN"] for one in resources]
        case "userIdentity.arn":
            return [event.document["userIdentity"]["arn"]]
    return [str(event.document.get(field, ""))]


def _field_holds(field: Mapping[str, Any], values: Sequence[str]) -> bool:
    """Return True if every operator of the field holds for one of its values."""
    for name, test in TESTS.items():
        wanted, refused = field.get(name), field.get(f"Not{name}")
        if wanted and not _any(test, values, wanted):
            return False
        if refused and _any(test, values, refused):
            return False
    return True


def _any(
    test: Callable[[str, str], bool], values: Sequence[str], patterns: Sequence[str]
) -> bool:
    return any(test(value, pattern) for value in values for pattern in patterns)
