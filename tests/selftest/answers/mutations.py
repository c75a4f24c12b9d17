"""Each member of an answer, and what else AWS could have said in its place.

A member of a shape counts once, however often an answer holds it: `Table.KeySchema[]`
is an element of any key schema. JSON within an answer, such as a policy or a dashboard,
has members as well. What a member may be comes from botocore's model of the operation.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

NOVEL = "A_VALUE_OF_TOMORROW"
"""A value that no model of today has in an enum."""
_YEAR = timedelta(days=366)
_DEEP = 4
_MOST = 12
_VARIANTS = 4
_ATTRIBUTES = re.compile("AttributesMap$")
"""Maps of SNS, whose keys are members in all but name."""
_ACCOUNT = re.compile(r"(?<=:)\d{12}(?=:)")
_OTHER_ACCOUNT = "999988887777"
ELEMENT, VALUE = "[]", "{}"


class Embedded(dict):
    """A JSON document that an answer holds as text."""


@dataclass(frozen=True)
class Spot:
    """One place of one answer where a member stands, or could stand."""

    path: str
    parent: Any
    key: Any
    shape: Any
    """botocore's description of the member; None within embedded JSON."""

    @property
    def present(self):
        """True if the answer holds the member."""
        return isinstance(self.parent, list) or self.key in self.parent

    @property
    def value(self):
        """The member, of an answer that holds it."""
        return self.parent[self.key]


@dataclass(frozen=True)
class Change:
    """One thing that could be instead of what a member is."""

    kind: str
    """`another`, `unknown`, `absent`, `empty`, `more` or `less`."""
    told: str
    make: Callable[[Spot], None] = field(compare=False)


def opened(answer):
    """Return a copy of an answer in which JSON text is a document."""
    if isinstance(answer, dict):
        return {name: opened(inner) for name, inner in answer.items()}
    if isinstance(answer, list):
        return [opened(inner) for inner in answer]
    if isinstance(answer, str) and answer.startswith("{"):
        try:
            return Embedded(json.loads(answer))
        except ValueError:
            return answer
    return answer


def closed(answer):
    """Return the answer as AWS gives it, with documents as text."""
    match answer:
        case Embedded():
            return json.dumps(answer)
        case dict():
            return {name: closed(inner) for name, inner in answer.items()}
        case list():
            return [closed(inner) for inner in answer]
    return answer


def spots(answer, shape) -> Iterator[Spot]:
    """Yield every place of an opened answer, and those of members that it lacks."""
    yield from _of_structure(answer, shape, "")


def _of_structure(value, shape, path):
    known = shape.members if shape is not None else {}
    for name in [*value, *(name for name in known if name not in value)]:
        if name == "ResponseMetadata" or (shape is not None and name not in known):
            continue
        spot = Spot(_inside(path, name), value, name, known.get(name))
        yield spot
        if spot.present:
            yield from _of_value(spot.value, spot.shape, spot.path)


def _of_value(value, shape, path):
    match value:
        case list():
            inner = shape.member if shape is not None else None
            for element in value:
                yield from _of_value(element, inner, path + ELEMENT)
        case Embedded():
            yield from _of_structure(value, None, f"{path} (JSON)")
        case dict() if shape is None or shape.type_name != "map":
            structure = shape if getattr(shape, "members", None) else None
            yield from _of_structure(value, structure, path)
        case dict():
            for key in value:
                named = _ATTRIBUTES.search(shape.name)
                place = _inside(path, key) if named else path + VALUE
                yield Spot(place, value, key, shape.value)
                yield from _of_value(value[key], shape.value, place)


def changes(spot) -> Iterator[Change]:
    """Yield what else could be at a place."""
    if not spot.present:
        for value in _samples(spot.shape, 0):
            # An enum that may be absent is one that may have a novel value as well.
            kind = "unknown" if value == NOVEL else "another"
            yield Change(kind, f"present as {_short(value)}", _put(value))
        return
    if isinstance(spot.parent, dict):
        yield Change("absent", "absent", _remove)
    yield from _others(spot.value, spot.shape)


def _others(value, shape):
    enum = getattr(shape, "enum", None)
    match value:
        case list() | dict() if not value and shape is not None:
            for sample in _samples(shape, 0):
                told = f"{_short(sample)} instead of nothing"
                yield Change("more", told, _put(sample))
        case list():
            yield from _lists(value)
        case dict():
            yield Change("empty", "{}", _put({}))
        case str() if enum:
            for other in [word for word in enum if word != value][:_MOST]:
                yield Change("another", other, _put(other))
            yield Change("unknown", NOVEL, _put(NOVEL))
        case _:
            for other in _another(value):
                yield Change("another", _short(other), _put(other))


def _lists(value):
    if value:
        yield Change("empty", "[]", _put([]))
        yield Change("more", "one element more", _extend)
    if len(value) > 1:
        yield Change("less", "one element less", _shorten)


def _another(value):
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [type(value)(value * 3 + 1), type(value)(0)] if value else [1]
        case datetime():
            return [value - _YEAR, value + _YEAR]
        case str() if _ACCOUNT.search(value):
            return [f"{value}x", _ACCOUNT.sub(_OTHER_ACCOUNT, value)]
        case str():
            return [f"{value}x"]
    return []


def _samples(shape, depth) -> Iterator[Any]:
    """Yield values that a member could have that the answer lacks."""
    match shape.type_name:
        case "structure" | "list" | "map" if depth > _DEEP:
            yield [] if shape.type_name == "list" else {}
        case "structure":
            yield from _structures(shape, depth)
        case "list":
            yield from ([sample] for sample in _samples(shape.member, depth + 1))
        case "map":
            yield from ({"a": sample} for sample in _samples(shape.value, depth + 1))
        case "boolean":
            yield from (True, False)
        case "integer" | "long":
            yield from (1, 0)
        case "float" | "double":
            yield from (1.0, 0.0)
        case "timestamp":
            yield datetime.fromisoformat("2020-01-01T00:00:00+00:00")
        case "string":
            yield from [*shape.enum[:_MOST], NOVEL] if shape.enum else ["a"]
        case _:
            yield b"a"


def _structures(shape, depth):
    """Yield structures with all members, each with one value after the other."""
    samples = {
        name: list(_samples(inner, depth + 1)) for name, inner in shape.members.items()
    }
    most = max(map(len, samples.values()), default=1)
    for number in range(min(most, _VARIANTS)):
        yield {
            name: values[min(number, len(values) - 1)]
            for name, values in samples.items()
        }


def _put(value):
    def make(spot):
        spot.parent[spot.key] = copy.deepcopy(value)

    return make


def _remove(spot):
    # A member can be gone already, with the element that it was in.
    spot.parent.pop(spot.key, None)


def _extend(spot):
    spot.parent[spot.key] = [*spot.value, _renamed(spot.value[0])]


def _shorten(spot):
    spot.parent[spot.key] = spot.value[:-1]


def _renamed(value):
    """Return another element: words that no enum could hold are other words."""
    match value:
        case dict():
            return type(value)({name: _renamed(inner) for name, inner in value.items()})
        case list():
            return [_renamed(inner) for inner in value]
        case str() if not value.isupper():
            return f"{value}x"
    return copy.deepcopy(value)


def _inside(path, name):
    return f"{path}.{name}" if path else name


def _short(value):
    text = (
        value.isoformat()
        if isinstance(value, datetime)
        else json.dumps(value, default=str)
    )
    return text if len(text) <= 60 else f"{text[:59]}…"
