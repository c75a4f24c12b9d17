"""Says what is wrong with a file in the words of whoever wrote it."""

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from jsonschema import ValidationError

from conformance.model.text import cut

_KINDS = {
    "array": "a list",
    "boolean": "true or false, without quotes",
    "integer": "a whole number, without quotes",
    "null": "null",
    "number": "a number, without quotes",
    "object": "a group of named fields",
    "string": "a text in quotes",
}
_LINE = 60


def in_words(error: ValidationError, root: Mapping[str, Any]) -> Iterator[str]:
    """Each problem: where, what stands there, what is allowed, the closest match."""
    where = _path(error.absolute_path)
    wanted = error.validator_value
    schema = error.schema if isinstance(error.schema, dict) else {}
    match error.validator:
        case "additionalProperties" if wanted is False:
            known = sorted(schema.get("properties", {}))
            for name in sorted(set(error.instance) - set(known)):
                yield f"{_join(where, name)} is not a known field{hint(name, known)}"
        case "required":
            for name in sorted(set(wanted) - set(error.instance)):
                field = _resolved(schema.get("properties", {}).get(name, {}), root)
                yield f"{_join(where, name)} is missing{_expected(field)}"
        case "enum":
            yield f"{where} is {_short(error.instance)}{hint(error.instance, wanted)}"
        case "not" | None:
            why = schema.get("description", "remove it")
            yield f"{where} is not allowed here: {why}"
        case _ if "propertyNames" in error.absolute_schema_path:
            name = f"{_short(error.instance)} in {where or 'the file'}"
            yield f"{name} is no usable name{_expected(schema, error)}"
        case _:
            shown = f"{where or 'the file'} is {_short(error.instance)}"
            yield f"{shown}{_expected(schema, error)}"


def hint(value: object, allowed: list[Any]) -> str:
    """Return the allowed values in words, and the one that is closest."""
    words = [str(word) for word in allowed]
    by_lower = {word.lower(): word for word in words}
    close = get_close_matches(str(value).lower(), list(by_lower), n=1)
    meant = f". Did you mean {by_lower[close[0]]!r}?" if close else ""
    return f"; allowed: {', '.join(words)}{meant}"


def _path(steps: Any) -> str:
    """Return the path to a field, as one would write it: tables.orders.lines[2]."""
    where = ""
    for step in steps:
        where = f"{where}[{step}]" if isinstance(step, int) else _join(where, step)
    return where


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema that a reference into the same file means."""
    prefix, _, name = str(schema.get("$ref", "")).rpartition("/")
    return root["$defs"][name] if prefix == "#/$defs" else schema


def _expected(schema: Mapping[str, Any], error: ValidationError | None = None) -> str:
    """Return the rule for a value, and the schema's description of the field."""
    if "enum" in schema:
        return f"; allowed: {', '.join(map(str, schema['enum']))}"
    said = str(schema.get("description", ""))
    rule = _rule(error) if error else _kinds(schema.get("type", ""))
    if error is None or (error.validator == "pattern" and said):
        rule, said = said or rule, ""
    rule = f"{rule} ({said})" if said else rule
    return f"; expected: {rule}" if rule else ""


def _rule(error: ValidationError) -> str:
    """Return the rule that was broken."""
    name, wanted = str(error.validator), error.validator_value
    return _RULES[name](wanted) if name in _RULES else f"{name} {_short(wanted)}"


def _kinds(wanted: str | list[str]) -> str:
    """Return the type, or the types, that a schema allows, in words."""
    kinds = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(_KINDS.get(kind, kind) for kind in kinds)


def _at_least(unit: str) -> Callable[[Any], str]:
    return lambda least: "not empty" if least == 1 else f"at least {least} {unit}"


_RULES: dict[str, Callable[[Any], str]] = {
    "type": _kinds,
    "const": json.dumps,
    "contains": lambda schema: f"{_short(schema.get('const'))} among them",
    "uniqueItems": lambda _: "each entry once",
    "minimum": "at least {}".format,
    "maximum": "at most {}".format,
    "exclusiveMinimum": "more than {}".format,
    "minLength": _at_least("characters"),
    "maxLength": "at most {} characters".format,
    "minItems": _at_least("entries"),
    "maxItems": "at most {} entries".format,
    "minProperties": _at_least("entries"),
    "maxProperties": "at most {} entries".format,
}


def _short(value: object) -> str:
    return cut(json.dumps(value, default=str, ensure_ascii=False), _LINE)
