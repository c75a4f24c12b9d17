"""Assumptions: decisions of the contract that the promotion plan leaves open."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.model.errors import BadInputError


@dataclass(frozen=True)
class Assumption:
    """A decision that the plan leaves open; its owner confirms it by an attestation."""

    id: str
    statement: str


def assumptions(path: Path, document: dict[str, Any]) -> tuple[Assumption, ...]:
    """Return the assumptions of a file.

    Raises:
        BadInputError: one covers nothing, as it was mistyped or outlived its field;
            or two have the same id.
    """
    problems = [*_idle(document), *_repeated(document)]
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))
    return tuple(
        Assumption(assumption["id"], assumption["statement"])
        for assumption in document["assumptions"]
    )


def covers(pattern: str, document: dict[str, Any]) -> bool:
    """Return True if the pattern matches any field of the document."""
    return any(fnmatchcase(field, pattern) for field in _fields(document))


def _idle(document: dict[str, Any]) -> Iterator[str]:
    for assumption in document["assumptions"]:
        for pattern in assumption["covers"]:
            if not covers(pattern, document):
                yield (
                    f"{assumption['id']} of assumptions covers {pattern!r}, which "
                    "matches no field of the file; correct or remove it"
                )


def _repeated(document: dict[str, Any]) -> Iterator[str]:
    counts = Counter(assumption["id"] for assumption in document["assumptions"])
    for name, count in counts.items():
        if count > 1:
            yield f"{name} of assumptions stands {count} times; give each its own id"


def _fields(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}.{name}" if prefix else name
            yield path
            yield from _fields(inner, path)
