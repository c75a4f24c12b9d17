import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.model.item import canonical, decoded
from conformance.model.item_limits import ITEM_BYTES, RULES, size, violations
from conformance.model.table import OFF, Attribute, Index, Key, Projection, Table
from tests.contract.item_strategies import invalid_items, valid_items

ID = Attribute("id", "S")
STEP = Attribute("step", "N")
DIGEST = Attribute("digest", "B")
DAY = Attribute("day", "S")


def table(key, *index_keys):
    """A table with this key and an index for each further key."""
    indexes = {
        f"index-{n}": Index(f"index-{n}", each, Projection("ALL"))
        for n, each in enumerate(index_keys)
    }
    return Table(
        name="things",
        key=key,
        indexes=indexes,
        capacity_mode="PAY_PER_REQUEST",
        stream=OFF,
        ttl="expires_at",
        tags={},
        recovery_status="ENABLED",
        recovery_days=35,
        key_class="AWS_MANAGED",
        deletion_protection=True,
        sample={"id": {"S": "a"}, "name": {"S": "b"}},
        reserved_words=frozenset(),
    )


TABLES = {
    "string": table(Key(ID)),
    "number-sort": table(Key(ID, STEP), Key(DAY, STEP)),
    "binary": table(Key(DIGEST, ID), Key(STEP), Key(DAY, DIGEST)),
    "key-is-index-sort": table(Key(ID), Key(DAY, ID)),
}
GOOD = {"id": {"S": "a"}, "step": {"N": "1"}}
STEPPED = TABLES["number-sort"]

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


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


def test_every_rule_can_be_broken():
    """Over all key schemas, the invalid items break each rule there is."""
    broken = set()

    @given(data=st.data())
    @settings(max_examples=100)
    def draw(data):
        for name in ("binary", "number-sort"):
            broken.add(data.draw(invalid_items(TABLES[name]))[0])

    draw()
    assert broken == {rule.name for rule in RULES}


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
    item = {name: it for name, it in (GOOD | change).items() if it is not None}
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
    written = json.dumps(item, default=lambda it: base64.b64encode(it).decode())
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
            return {"L": [_respelt(each) for each in content]}
        case "M":
            return {"M": respelt(content)}
    return typed
