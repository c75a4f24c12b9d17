"""Reads a JSON or TOML file and reports every problem in it at once."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance.config.schema_errors import in_words
from conformance.model.errors import BadInputError

ROOT = Path(__file__).parent.parent.parent
PROMOTION = ROOT / "promotion"


def load(path: Path, schema: str) -> dict[str, Any]:
    """Return the file's content, valid by `promotion/<schema>.schema.json`.

    Raises:
        BadInputError: the file is missing or broken, or does not fit its schema;
            the message lists every problem with its path and what is allowed.
    """
    document = _parse(path)
    require_valid(path, document, schema)
    return document


def require_valid(path: Path, document: dict[str, Any], schema: str) -> None:
    """Go on only if the document fits its schema.

    Raises:
        BadInputError: it does not; the message lists every problem.
    """
    problems = dict.fromkeys(_problems(document, schema))
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))


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
        raise BadInputError(
            f"{path}: must hold an object, not a list or a single value"
        )
    return document


def _json(text: str) -> Any:
    """JSON in which no name may stand twice: the second would silently win."""
    twice: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in pairs)
        twice.extend(repr(name) for name, count in counts.items() if count > 1)
        return dict(pairs)

    document = json.loads(text, object_pairs_hook=noted)
    if twice:
        raise ValueError(
            f"{', '.join(twice)} more than once in one object, where the last would "
            "silently win; keep one"
        )
    return document


def _problems(document: dict[str, Any], schema: str) -> Iterator[str]:
    validator = _validator(schema)
    errors = validator.iter_errors(document)
    for error in sorted(errors, key=lambda e: [str(step) for step in e.absolute_path]):
        yield from in_words(error, validator.schema)


@cache
def _validator(schema: str) -> Draft202012Validator:
    resources = [
        (
            file.name,
            Resource.from_contents(json.loads(file.read_text(encoding="utf-8"))),
        )
        for file in PROMOTION.glob("*.schema.json")
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    content = registry.contents(f"{schema}.schema.json")
    return Draft202012Validator(content, registry=registry)
