"""Reads a JSON or TOML file and reports every problem in it at once."""

import json
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from conformance.errors import BadInputError

ROOT = Path(__file__).parent.parent
PROMOTION = ROOT / "promotion"


def load(path: Path, schema: str) -> dict[str, Any]:
    """Return the file's content, valid by `promotion/<schema>.schema.json`.

    Raises:
        BadInputError: the file is missing or broken, or does not fit its schema;
            the message lists every problem with its path and what is allowed.
    """
    document = _parse(path)
    problems = list(_problems(document, schema))
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))
    return document


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        document = _json(text) if path.suffix == ".json" else tomllib.loads(text)
    except FileNotFoundError:
        raise BadInputError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInputError(f"{path}: cannot be read: {problem}") from None
    except ValueError as problem:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise BadInputError(f"{path}: is not valid {kind}: {problem}") from None
    if not isinstance(document, dict):
        raise BadInputError(f"{path}: must hold an object, not a {type(document)}")
    return document


def _json(text: str) -> Any:
    """JSON in which no name may stand twice: the second would silently win."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name!r} stands twice in one object")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


def _problems(document: dict[str, Any], schema: str) -> Iterator[str]:
    errors = _validator(schema).iter_errors(document)
    for error in sorted(errors, key=lambda e: [str(step) for step in e.absolute_path]):
        yield from _in_words(error)


@cache
def _validator(schema: str) -> Draft202012Validator:
    resources = [
        (file.name, Resource.from_contents(json.loads(file.read_text())))
        for file in PROMOTION.glob("*.schema.json")
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    content = registry.contents(f"{schema}.schema.json")
    return Draft202012Validator(content, registry=registry)


def _in_words(error: ValidationError) -> Iterator[str]:
    where = ".".join(str(step) for step in error.absolute_path)
    wanted = error.validator_value
    match error.validator:
        case "additionalProperties" if wanted is False:
            known = sorted(error.schema.get("properties", {}))
            for name in sorted(set(error.instance) - set(known)):
                yield f"{_join(where, name)} is not a known field{_hint(name, known)}"
        case "required":
            for name in wanted:
                if name not in error.instance:
                    yield f"{_join(where, name)} is missing{_expected(error, name)}"
        case "enum":
            yield f"{where} is {error.instance!r}{_hint(error.instance, wanted)}"
        case _ if error.parent and error.parent.validator == "propertyNames":
            yield f"{_join(where, error.instance)} is no usable name{_expected(error)}"
        case _:
            yield f"{where or 'the file'} is {_short(error.instance)}{_expected(error)}"


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _hint(value: object, allowed: list[Any]) -> str:
    words = [str(word) for word in allowed]
    close = get_close_matches(str(value), words, n=1)
    meant = f". Did you mean {close[0]!r}?" if close else "."
    return f"; allowed: {', '.join(words)}{meant}"


def _expected(error: ValidationError, name: str | None = None) -> str:
    schema = error.schema
    if name is not None:
        schema = schema.get("properties", {}).get(name, {})
        if "$ref" in schema:
            return ""
    if description := schema.get("description"):
        return f"; expected: {description}"
    return (
        ""
        if name is not None
        else f"; expected: {error.validator} {_short(error.validator_value)}"
    )


def _short(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 -- one line
