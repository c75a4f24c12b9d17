"""Two tables are compared by value, and every difference is named."""

import json

import pytest

from conformance.drills.comparison import Source, differences, fingerprint
from conformance.drills.comparison.differences import SHOWN
from conformance.drills.comparison.encoding import digest, number
from conformance.drills.comparison.scanning import SEGMENTS
from conformance.model.suite_keys import PREFIX
from conformance.model.table import Attribute, Key

KEY = Key(Attribute("id", "S"))
COUNT = 500


class Held(Source):
    """A table that a list holds, two items a page."""

    def __init__(self, items, key=KEY):
        super().__init__(None, "eu-west-1", "table", key)
        object.__setattr__(self, "items", json.loads(json.dumps(items)))

    def pages(self, segment):
        """Every fourth item, fresh from the wire each time."""
        share = json.loads(json.dumps(self.items[segment::SEGMENTS]))
        for first in range(0, len(share), 2):
            yield share[first : first + 2]


def item(number, **attributes):
    """One item from the wire."""
    return {"id": {"S": f"item-{number:04d}"}, "n": {"N": str(number)}, **attributes}


@pytest.fixture
def items():
    """A table's items."""
    return [item(number) for number in range(COUNT)]


def compared(left, right, key=KEY):
    """What differs between two lists of items, in words."""
    wanted, found = Held(left, key), Held(right, key)
    prints = fingerprint(wanted), fingerprint(found)
    buckets = prints[0].differing(prints[1])
    return differences(wanted, found, prints, buckets)


def named(left, right, key=KEY):
    """The differences in words."""
    return list(map(str, compared(left, right, key).named))


def test_equal_tables_have_no_differences_in_any_order(items):
    """The order of items and of attributes does not count."""
    turned = [dict(reversed(one.items())) for one in reversed(items)]
    assert not compared(items, turned)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"N": "1"}, {"N": "1.0"}),
        ({"N": "100"}, {"N": "1E2"}),
        ({"N": "0"}, {"N": "-0"}),
        ({"N": "0.5"}, {"N": "00.50"}),
        ({"N": "12345678901234567890123456789012345678"},) * 2,
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
        ({"NS": ["1", "2.0"]}, {"NS": ["2", "1.0"]}),
        ({"BS": ["YQ==", "Yg=="]}, {"BS": ["Yg==", "YQ=="]}),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1.00"}]}),
        (
            {"M": {"a": {"N": "1"}, "b": {"NULL": True}}},
            {"M": {"b": {"NULL": True}, "a": {"N": "1.0"}}},
        ),
    ],
    ids=str,
)
def test_what_is_equal_by_value_does_not_differ(items, left, right):
    """Neither a number in another spelling nor a set in another order is flagged."""
    assert not compared([*items, item(7777, v=left)], [*items, item(7777, v=right)])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"N": "1"}, {"N": "2"}),
        ({"N": "1"}, {"N": "-1"}),
        ({"N": "1"}, {"S": "1"}),
        (
            {"N": "12345678901234567890123456789012345678"},
            {"N": "12345678901234567890123456789012345679"},
        ),
        ({"S": "a"}, {"S": "A"}),
        ({"S": "YQ=="}, {"B": "YQ=="}),
        ({"BOOL": True}, {"BOOL": False}),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}),
        ({"M": {"a": {"S": "x"}}}, {"M": {"b": {"S": "x"}}}),
    ],
    ids=str,
)
def test_a_changed_value_is_named_by_key_and_attribute(items, left, right):
    """What differs by value is named, and nothing else."""
    found = named([*items, item(7777, v=left)], [*items, item(7777, v=right)])
    assert found == ["id=item-7777: changed: v"]


def test_missing_extra_and_lost_attributes_are_told_apart(items):
    """Each kind of difference is named as what it is."""
    restored = [*items[:-1], item(9999)]
    restored[3] = item(3, more={"S": "x"})
    assert named(items, restored) == [
        "id=item-0003: changed: more",
        f"id=item-{COUNT - 1:04d}: missing",
        "id=item-9999: extra",
    ]


def test_names_and_values_are_not_confused():
    """Items whose texts are the same when run together have digests of their own."""
    alike = [
        {"a": {"S": "b"}, "c": {"S": "d"}},
        {"a": {"S": "bc"}, "d": {"S": ""}},
        {"a": {"S": "d"}, "c": {"S": "b"}},
        {"ab": {"S": ""}, "cd": {"S": ""}},
        {"a": {"S": "b"}},
    ]
    assert len({digest(one) for one in alike}) == len(alike)


def test_only_so_many_differences_are_named(items):
    """A table of strangers gives a list that can be read."""
    found = compared(items, [item(number + 5000) for number in range(COUNT)])
    assert len(found.named) == SHOWN


def test_our_own_items_are_kept_apart(items):
    """Items of the pool are told as they are, and never compared with the source's."""
    ours = {"id": {"S": f"{PREFIX}0001"}, "n": {"N": "1"}}
    made = fingerprint(Held([*items, ours]))
    assert (made.ours, made.count) == ([ours], COUNT)
    assert not compared(items, [*items, ours])


@pytest.mark.parametrize("kind", ["N", "B"])
def test_keys_of_every_type_are_compared(kind):
    """Numbers and binary values may be keys."""
    values = {"N": ["7", "8"], "B": ["YQ==", "Yg=="]}[kind]
    key = Key(Attribute("id", kind))
    left = [{"id": {kind: value}} for value in values]
    again = [{"id": {"N": "7.0"}}, left[1]] if kind == "N" else left
    assert not compared(left, again, key)
    assert len(named(left, left[:1], key)) == 1


def test_a_number_has_one_spelling():
    """Numbers keep all of their 38 digits."""
    text = "-1.2345678901234567890123456789012345678"
    assert number(text) == number(f"{text}0") == text
