"""The data events of a DynamoDB table that the event selectors of a trail record.

Source: CloudTrail API Reference, DataResource, EventSelector, AdvancedFieldSelector;
Amazon DynamoDB Developer Guide, "Logging DynamoDB operations by using CloudTrail".
"""

from collections.abc import Callable, Mapping
from typing import Any

_TYPE = "AWS::DynamoDB::Table"
_ALL_TABLES = {"arn:aws:dynamodb", "arn:aws:dynamodb:"}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, wanted: value == wanted,
    "StartsWith": lambda value, wanted: value.startswith(wanted),
    "EndsWith": lambda value, wanted: value.endswith(wanted),
}
_EVENTS: Mapping[str, tuple[str, ...]] = {
    "read": (
        "BatchExecuteStatement",
        "BatchGetItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "Query",
        "Scan",
        "TransactGetItems",
    ),
    "write": (
        "BatchExecuteStatement",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "PutItem",
        "TransactWriteItems",
        "UpdateItem",
    ),
}
"""The operations on items; statements of PartiQL read or write."""
_READ_ONLY = {"read": "true", "write": "false"}
_KINDS = {"All": {"read", "write"}, "ReadOnly": {"read"}, "WriteOnly": {"write"}}


def recorded(selectors: Mapping[str, Any], arn: str) -> frozenset[str]:
    """`read`, `write`, both or none; of GetEventSelectors' answer for a table's ARN.

    A kind counts if every operation of it is recorded. A selector that narrows by who
    calls, or by a field that is not known, counts for nothing: it leaves events out.
    """
    return frozenset(
        kind
        for kind, names in _EVENTS.items()
        if all(_records(selectors, _event(kind, name, arn)) for name in names)
    )


def not_understood(selectors: Mapping[str, Any], arn: str) -> frozenset[str]:
    """Return what keeps selectors of the table from counting and is not understood."""
    found = {
        str(basic["ReadWriteType"])
        for basic in selectors.get("EventSelectors") or ()
        if basic.get("ReadWriteType", "All") not in _KINDS and _covers(basic, arn)
    }
    events = [_event(kind, name, arn) for kind in _EVENTS for name in _EVENTS[kind]]
    return frozenset(found).union(
        *(
            _unknown_fields(advanced["FieldSelectors"], event)
            for advanced in selectors.get("AdvancedEventSelectors") or ()
            for event in events
        )
    )


def _unknown_fields(
    fields: list[dict[str, Any]], event: Mapping[str, str]
) -> frozenset[str]:
    """Return the fields that decide about an event whose other fields are selected."""
    known = [field for field in fields if field["Field"] in event]
    if not known or not all(_holds(field, event[field["Field"]]) for field in known):
        return frozenset()
    return frozenset(field["Field"] for field in fields) - set(event)


def _event(kind: str, name: str, arn: str) -> dict[str, str]:
    """Return the fields of a data event that its selection can rest on."""
    return {
        "eventCategory": "Data",
        "eventName": name,
        "eventSource": "dynamodb.amazonaws.com",
        "eventType": "AwsApiCall",
        "readOnly": _READ_ONLY[kind],
        "resources.ARN": arn,
        "resources.type": _TYPE,
    }


def _records(selectors: Mapping[str, Any], event: Mapping[str, str]) -> bool:
    # A trail has basic or advanced selectors, and the other list is absent or empty.
    kind = "read" if event["readOnly"] == "true" else "write"
    basic = any(
        kind in _KINDS.get(one.get("ReadWriteType") or "All", ())
        and _covers(one, event["resources.ARN"])
        for one in selectors.get("EventSelectors") or ()
    )
    return basic or any(
        _selects(one["FieldSelectors"], event)
        for one in selectors.get("AdvancedEventSelectors") or ()
    )


def _covers(basic: Mapping[str, Any], arn: str) -> bool:
    # DataResources is absent where a selector has management events alone, and
    # ReadWriteType where it is All.
    return any(
        resource["Type"] == _TYPE and {*_ALL_TABLES, arn} & set(resource["Values"])
        for resource in basic.get("DataResources") or ()
    )


def _selects(fields: list[dict[str, Any]], event: Mapping[str, str]) -> bool:
    named = {field["Field"] for field in fields}
    # Both are required of a selector of data events.
    if not {"eventCategory", "resources.type"} <= named <= set(event):
        return False
    return all(_holds(field, event[field["Field"]]) for field in fields)


def _holds(field: Mapping[str, Any], value: str) -> bool:
    """All operators of a field must hold, and of the values of one of them any."""
    for name, test in _TESTS.items():
        # Every operator is optional.
        wanted, refused = field.get(name), field.get(f"Not{name}")
        if wanted and not any(test(value, prefix) for prefix in wanted):
            return False
        if refused and any(test(value, prefix) for prefix in refused):
            return False
    return True
