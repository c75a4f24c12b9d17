"""What the plan leaves open, and the contract had to decide."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.errors import BadInputError


@dataclass(frozen=True)
class Assumption:
    """What the plan does not fix; its owner confirms it by an attestation."""

    id: str
    statement: str


def assumptions(path: Path, document: dict[str, Any]) -> tuple[Assumption, ...]:
    """The assumptions of a file.

    Raises:
        BadInputError: one covers nothing; it was mistyped, or outlived its field.
    """
    fields = list(_fields(document))
    for each in document["assumptions"]:
        for pattern in each["covers"]:
            if not any(fnmatchcase(field, pattern) for field in fields):
                raise BadInputError(
                    f"{path}: assumptions.{each['id']} covers {pattern!r}, "
                    "which matches no field of the file; correct or remove it"
                )
    return tuple(
        Assumption(each["id"], each["statement"]) for each in document["assumptions"]
    )


def _fields(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}.{name}" if prefix else name
            yield path
            yield from _fields(inner, path)
