import base64
import json

import pytest
from hypothesis import given

from conformance.model.item import canonical, decoded
from tests.contract.item_strategies import valid_items
from tests.selftest.unit.model.item_tables import TABLES

SAME = {
    "numbers of another spelling": ({"N": "1.0"}, {"N": "1"}),
    "numbers with an exponent": ({"N": "1E2"}, {"N": "100"}),
    "negative zero": ({"N": "-0"}, {"N": "0"}),
    "sets in another order": ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
    "sets of numbers of another spelling": ({"NS": ["1.0", "2"]}, {"NS": ["2", "1"]}),
    "numbers deep inside": (
        {"L": [{"M": {"n": {"N": "1.0"}}}]},
        {"L": [{"M": {"n": {"N": "1"}}}]},
    ),
}
OTHER = {
    "a number and its text": ({"N": "1"}, {"S": "1"}),
    "lists in another order": ({"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "2"}]}),
    "true and one": ({"BOOL": True}, {"N": "1"}),
    "a set and a list": ({"SS": ["a"]}, {"L": [{"S": "a"}]}),
    "numbers that differ in the 38th digit": (
        {"N": "1" * 37 + "1"},
        {"N": "1" * 37 + "2"},
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_same_values_are_equal(case):
    """What DynamoDB holds for the same value is equal, however it is spelt."""
    one, other = SAME[case]
    assert canonical({"a": one}) == canonical({"a": other})


@pytest.mark.parametrize("case", OTHER)
def test_other_values_are_not_equal(case):
    """What DynamoDB tells apart is not equal."""
    one, other = OTHER[case]
    assert canonical({"a": one}) != canonical({"a": other})


@given(item=valid_items(TABLES["binary"]))
def test_items_survive_a_file(item):
    """An item written to JSON with base64 and read again is the same item."""
    written = json.dumps(item, default=lambda octets: base64.b64encode(octets).decode())
    assert canonical(decoded(json.loads(written))) == canonical(item)


@given(item=valid_items(TABLES["number-sort"]))
def test_spelling_and_order_do_not_count(item):
    """An item whose numbers are spelt anew and whose sets are turned is the same."""
    assert canonical(respelt(item)) == canonical(item)


def respelt(item):
    """The item as another client might send it."""
    return {name: _respelt(typed) for name, typed in item.items()}


def _respelt(typed):
    ((kind, content),) = typed.items()
    match kind:
        case "N":
            return {"N": content if "E" in content else f"{content}.0"}
        case "SS" | "NS" | "BS":
            return {kind: list(reversed(content))}
        case "L":
            return {"L": [_respelt(element) for element in content]}
        case "M":
            return {"M": respelt(content)}
    return typed
