from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from conformance.model.item_limits import ITEM_BYTES, RULES, size, violations
from tests.contract.item_strategies import invalid_items, valid_items
from tests.selftest.unit.model.item_tables import TABLES

GOOD = {"id": {"S": "a"}, "step": {"N": "1"}}
STEPPED = TABLES["number-sort"]
BOTH = ("binary", "number-sort")


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_valid_items_break_no_rule(name, data):
    """An item drawn as valid breaks no rule."""
    item = data.draw(valid_items(TABLES[name]))
    assert violations(item, TABLES[name]) == frozenset()


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_invalid_items_break_exactly_the_named_rule(name, data):
    """An item drawn as invalid breaks the rule it names, once, and no other."""
    rule, item = data.draw(invalid_items(TABLES[name]))
    assert [broken for broken, _ in violations(item, TABLES[name])] == [rule]


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_can_be_broken(rule):
    """Among the invalid items of two key schemas are some that break the rule."""
    drawn = st.one_of(*(invalid_items(TABLES[name]) for name in BOTH))
    broken = drawn.map(lambda named: named[0])
    once = settings(max_examples=2000, phases=[Phase.generate], database=None)
    same = Random(1)  # noqa: S311 -- the same items in every run
    assert find(broken, lambda name: name == rule, settings=once, random=same) == rule


def test_every_rule_names_its_source():
    """Each rule cites the AWS page that states it."""
    docs = "https://docs.aws.amazon.com/amazondynamodb/"
    assert [rule.name for rule in RULES if not rule.source.startswith(docs)] == []


LIMITS = {
    "partition key of 2048 bytes": ({"id": {"S": "é" * 1024}}, set()),
    "partition key of 2049 bytes": (
        {"id": {"S": "é" * 1024 + "x"}},
        {("partition key too long", "id")},
    ),
    "38 digits": ({"n": {"N": "9" * 38}}, set()),
    "39 digits": ({"n": {"N": "9" * 39}}, {("number out of range", "n")}),
    "zeros are no digits": ({"n": {"N": "1" + "0" * 100}}, set()),
    "largest number": ({"n": {"N": "9.9999999999999999999999999999999999999E125"}}, ()),
    "smallest number": ({"n": {"N": "-1E-130"}}, set()),
    "smaller number": ({"n": {"N": "1E-131"}}, {("number out of range", "n")}),
    "number in a set": ({"n": {"NS": ["1E126"]}}, {("number out of range", "n")}),
    "number in a list in a map": (
        {"n": {"M": {"a": {"L": [{"N": "1E126"}]}}}},
        {("number out of range", "n")},
    ),
    "empty string that is no key": ({"n": {"S": ""}}, set()),
    "index key left out": ({}, set()),
    "index key empty": ({"day": {"S": ""}}, {("key attribute empty", "day")}),
    "index key mistyped": (
        {"day": {"N": "1"}},
        {("index key attribute of another type", "day")},
    ),
    "sort key absent": ({"step": None}, {("key attribute missing", "step")}),
}


@pytest.mark.parametrize("case", LIMITS)
def test_limits_are_where_aws_documents_them(case):
    """At a limit an item is taken, just beyond it is not."""
    change, broken = LIMITS[case]
    item = {name: typed for name, typed in (GOOD | change).items() if typed is not None}
    assert violations(item, STEPPED) == frozenset(broken)


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_item_may_have_exactly_400_kb(more, taken):
    """400 KB of names and values are taken, one byte more is not."""
    rest = ITEM_BYTES - size(GOOD | {"filler": {"S": ""}})
    item = GOOD | {"filler": {"S": "x" * (rest + more)}}
    assert (violations(item, STEPPED) == frozenset()) is taken


@pytest.mark.parametrize(("levels", "taken"), [(32, True), (33, False)])
def test_values_nest_to_32_levels(levels, taken):
    """32 lists in one another are taken, 33 are not."""
    value = {"S": "innermost"}
    for _ in range(levels):
        value = {"L": [value]}
    assert (violations(GOOD | {"deep": value}, STEPPED) == frozenset()) is taken


SIZES = {
    "string, by its UTF-8 bytes": ({"é": {"S": "é"}}, 4),
    "number, two digits a byte and one more": ({"n": {"N": "-1234.500"}}, 5),
    "zero": ({"n": {"N": "0"}}, 2),
    "binary, by its octets": ({"b": {"B": b"123"}}, 4),
    "boolean": ({"b": {"BOOL": False}}, 2),
    "null": ({"n": {"NULL": True}}, 2),
    "set": ({"s": {"SS": ["a", "bc"]}}, 4),
    "empty list": ({"l": {"L": []}}, 4),
    "list, with one byte an element": ({"l": {"L": [{"S": "a"}, {"S": "bc"}]}}, 9),
    "map, with one byte an element": ({"m": {"M": {"ab": {"BOOL": True}}}}, 8),
}


@pytest.mark.parametrize("case", SIZES)
def test_size_follows_the_documented_rules(case):
    """An attribute weighs its name, its value and the documented overhead."""
    item, octets = SIZES[case]
    assert size(item) == octets
