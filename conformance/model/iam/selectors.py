"""The data events of a DynamoDB table that the event selectors of a trail record.

Source: CloudTrail API Reference, DataResource, EventSelector, AdvancedFieldSelector.
"""

from collections.abc import Callable, Mapping
from typing import Any

from conformance.model.errors import NotAssessedError

_TYPE = "AWS::DynamoDB::Table"
_ALL_TABLES = {"arn:aws:dynamodb", "arn:aws:dynamodb:"}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, wanted: value == wanted,
    "StartsWith": lambda value, wanted: value.startswith(wanted),
    "EndsWith": lambda value, wanted: value.endswith(wanted),
}


def recorded(selectors: Mapping[str, Any], arn: str) -> frozenset[str]:
    """`read`, `write`, both or none; of GetEventSelectors' answer for a table's ARN.

    A selector that narrows further (by event name, or by who calls) counts for
    nothing: it leaves events out.
    """
    found = set[str]()
    # A trail has basic or advanced selectors, and the other list is absent or empty.
    for basic in selectors.get("EventSelectors") or ():
        found |= _basic(basic, arn)
    for advanced in selectors.get("AdvancedEventSelectors") or ():
        found |= _advanced(advanced["FieldSelectors"], arn)
    return frozenset(found)


def _basic(selector: Mapping[str, Any], arn: str) -> set[str]:
    # DataResources is absent where a selector has management events alone, and
    # ReadWriteType where it is All.
    covered = any(
        resource["Type"] == _TYPE and {*_ALL_TABLES, arn} & set(resource["Values"])
        for resource in selector.get("DataResources") or ()
    )
    kinds = {"All": {"read", "write"}, "ReadOnly": {"read"}, "WriteOnly": {"write"}}
    kind = selector.get("ReadWriteType") or "All"
    if kind not in kinds:
        raise NotAssessedError(f"event selector not understood: ReadWriteType {kind}")
    return kinds[kind] if covered else set()


def _advanced(fields: list[dict[str, Any]], arn: str) -> set[str]:
    known = {"eventCategory": "Data", "resources.type": _TYPE, "resources.ARN": arn}
    by_name = {field["Field"]: field for field in fields}
    read_only = by_name.pop("readOnly", None)
    typed = {"eventCategory", "resources.type"} <= set(by_name)
    if not typed or not set(by_name) <= set(known):
        return set()
    if not all(_holds(field, known[name]) for name, field in by_name.items()):
        return set()
    kinds = {"read": "true", "write": "false"}
    return {
        kind
        for kind, value in kinds.items()
        if read_only is None or _holds(read_only, value)
    }


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
