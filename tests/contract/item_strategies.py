"""Items that DynamoDB takes into a declared table, and items that it refuses."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.model.item_limits import (
    DEPTH,
    DIGITS,
    ITEM_BYTES,
    PARTITION_KEY_BYTES,
    SORT_KEY_BYTES,
)
from conformance.model.table import OFF, Attribute, Table

Value = dict[str, Any]
Item = dict[str, Value]
Broken = tuple[str, Item]
"""The name of the rule that is broken, and the item that breaks it."""
_Breach = tuple[str, str, Value | None]
"""A rule, and the attribute and value that break it; None for leaving it out."""

_SPARE = "conformance_spare"
"""A non-key attribute of ours, for what no key attribute can be."""
_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


def valid_items(table: Table) -> SearchStrategy[Item]:
    """Draw items with the table's keys, some with index keys and other attributes."""
    keys = {key.name: _key_values(key, limit) for key, limit in _limits(table).items()}
    required = {key.name: keys[key.name] for key in table.key.attributes}
    free = set(table.sample) - set(keys) | {_SPARE}
    optional = dict.fromkeys(sorted(free), _VALUES) | keys
    if table.ttl != OFF and table.ttl not in keys:
        optional[table.ttl] = st.integers(0, 2**40).map(lambda s: {"N": str(s)})
    return st.fixed_dictionaries(
        required,
        optional={name: optional[name] for name in optional if name not in required},
    )


def invalid_items(table: Table) -> SearchStrategy[Broken]:
    """Draw items that break exactly one rule, each with the rule's name."""
    breaches = st.one_of([*_key_breaches(table), *_VALUE_BREACHES])
    return st.builds(_put_in, valid_items(table), breaches)


def _put_in(item: Item, breach: _Breach) -> Broken:
    rule, name, value = breach
    rest = {other: item[other] for other in item if other != name}
    return rule, rest if value is None else rest | {name: value}


def _limits(table: Table) -> dict[Attribute, int]:
    """Return each key attribute with the most bytes that its narrowest key takes."""
    limits: dict[Attribute, int] = {}
    for key in table.keys:
        limits.setdefault(key.partition, PARTITION_KEY_BYTES)
        if key.sort:
            limits[key.sort] = SORT_KEY_BYTES
    return limits


def _key_breaches(table: Table) -> Iterator[SearchStrategy[_Breach]]:
    for attribute, limit in _limits(table).items():
        name = attribute.name
        own = attribute in table.key.attributes
        if own:
            yield st.just(("key attribute missing", name, None))
        whose = "key" if own else "index key"
        wrong = [
            values for kind, values in _OTHER_TYPES.items() if kind != attribute.type
        ]
        yield _breach(f"{whose} attribute of another type", name, st.one_of(wrong))
        if attribute.type == "N":
            continue
        yield _breach("key attribute empty", name, st.just(_typed(attribute, "")))
        which = "sort" if limit == SORT_KEY_BYTES else "partition"
        longer = st.integers(limit + 1, 2 * limit)
        too_long = longer.flatmap(partial(_of_size, attribute))
        yield _breach(f"{which} key too long", name, too_long)


def _breach(
    rule: str, name: str, values: SearchStrategy[Value]
) -> SearchStrategy[_Breach]:
    return st.tuples(st.just(rule), st.just(name), values)


def _key_values(attribute: Attribute, limit: int) -> SearchStrategy[Value]:
    if attribute.type == "N":
        return _NUMBERS.map(lambda number: {"N": number})
    short = _TEXT.filter(bool).map(lambda text: _typed(attribute, text))
    return short | _of_size(attribute, limit)


def _of_size(attribute: Attribute, size: int) -> SearchStrategy[Value]:
    """Draw values of exactly this many bytes."""
    return _TEXT.map(
        lambda text: _typed(attribute, text + "x" * (size - len(text.encode())))
    )


def _typed(attribute: Attribute, text: str) -> Value:
    return {attribute.type: text if attribute.type == "S" else text.encode()}


def _nested(levels: int) -> Value:
    value: Value = {"S": "innermost"}
    for level in range(levels):
        value = {"L": [value]} if level % 2 else {"M": {"inner": value}}
    return value


_NUMBERS = st.integers(-(10**12), 10**12).map(str) | st.builds(
    "{}{}E{}".format,
    st.sampled_from(["", "-"]),
    st.integers(1, 10**DIGITS - 1),
    st.integers(-130, 125 - DIGITS + 1),
)
"""Numbers of up to 38 digits between 1E-130 and 9.99…E+125, and zero."""
_SCALARS: dict[str, SearchStrategy[Value]] = {
    "S": _TEXT.map(lambda text: {"S": text}),
    "N": _NUMBERS.map(lambda number: {"N": number}),
    "B": st.binary(max_size=20).map(lambda octets: {"B": octets}),
    "BOOL": st.booleans().map(lambda truth: {"BOOL": truth}),
    "NULL": st.just({"NULL": True}),
}
_SETS: dict[str, SearchStrategy[Value]] = {
    "SS": st.sets(_TEXT, min_size=1, max_size=4).map(
        lambda texts: {"SS": sorted(texts)}
    ),
    "NS": st.sets(st.integers(-(10**30), 10**30), min_size=1, max_size=4).map(
        lambda numbers: {"NS": [str(number) for number in sorted(numbers)]}
    ),
    "BS": st.sets(st.binary(max_size=20), min_size=1, max_size=4).map(
        lambda octets: {"BS": sorted(octets)}
    ),
}
_OTHER_TYPES = _SCALARS | _SETS | {"L": st.just({"L": []}), "M": st.just({"M": {}})}
_VALUES: SearchStrategy[Value] = st.recursive(
    st.one_of([*_SCALARS.values(), *_SETS.values()]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda values: {"L": values})
        | st.dictionaries(_TEXT.filter(bool), inner, max_size=3).map(
            lambda values: {"M": values}
        )
    ),
    max_leaves=6,
)
_VALUE_BREACHES: list[SearchStrategy[_Breach]] = [
    _breach(
        "number out of range",
        _SPARE,
        st.sampled_from(
            ["1" * (DIGITS + 1), "1E+126", "-1E+126", "1E-131", f"0.1{'0' * 37}1"]
        ).map(lambda number: {"N": number}),
    ),
    _breach(
        "set empty or repeating",
        _SPARE,
        st.sampled_from(
            [{"SS": []}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"BS": [b"", b""]}]
        ),
    ),
    _breach("nested too deep", _SPARE, st.integers(DEPTH + 1, DEPTH + 40).map(_nested)),
    _breach(
        "item too large",
        _SPARE,
        st.integers(ITEM_BYTES, ITEM_BYTES + 1000).map(lambda n: {"S": "x" * n}),
    ),
]
