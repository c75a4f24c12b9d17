"""A policy document of IAM, as statements that can be asked questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import NotAssessedError
from conformance.model.text import cut

_SHOWN = 100
Document = Mapping[str, Any]
ANYBODY = ("AWS", "*")


@dataclass(frozen=True)
class Condition:
    """One line of a Condition block: all values of one key under one operator."""

    operator: str
    key: str
    """The key in lower case: IAM does not tell upper from lower there."""
    values: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document."""

    name: str
    """Its Sid, or its number from 1."""
    effect: str
    principals: tuple[tuple[str, str], ...]
    """Kind (`AWS`, `Service`, `Federated`, …) and value."""
    excepts_principals: bool
    """It has NotPrincipal: whoever is not named."""
    actions: tuple[str, ...]
    excepts_actions: bool
    resources: tuple[str, ...]
    excepts_resources: bool
    conditions: tuple[Condition, ...]

    @property
    def allows(self) -> bool:
        """True if it grants something."""
        return self.effect == "Allow"


def statements(document: Document) -> tuple[Statement, ...]:
    """Return the statements of a document; a single one may stand without a list.

    Raises:
        NotAssessedError: it is no policy document of IAM's grammar.
    """
    return tuple(
        _statement(entry, number)
        for number, entry in enumerate(understood(document), start=1)
    )


def understood(document: Any) -> list[Document]:
    """Return the statements as they are written, if they are of IAM's grammar.

    Raises:
        NotAssessedError: they are not.
    """
    _require(isinstance(document, Mapping) and "Statement" in document, document)
    entries = _listed(document["Statement"])
    for entry in entries:
        _require(isinstance(entry, Mapping), entry)
        _require(entry.get("Effect") in ("Allow", "Deny"), entry)
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            _require_each(entry.get(element, []), str)
        for element in ("Principal", "NotPrincipal"):
            principal = entry.get(element, {})
            if principal != "*":
                _require_values(principal, str)
        conditions = entry.get("Condition", {})
        _require(isinstance(conditions, Mapping), conditions)
        for keys in conditions.values():
            # JSON knows numbers and booleans, which a condition may hold as such.
            _require_values(keys, str, int, float)
    return entries


def _require_values(part: Any, *kinds: type) -> None:
    _require(isinstance(part, Mapping), part)
    for values in part.values():
        _require_each(values, *kinds)


def _require_each(part: Any, *kinds: type) -> None:
    for value in _listed(part):
        _require(isinstance(value, kinds), part)


def _require(fits: bool, part: Any) -> None:
    if not fits:
        raise NotAssessedError(f"policy not understood: {cut(str(part), _SHOWN)}")


def _statement(each: Document, number: int) -> Statement:
    # Of Principal and NotPrincipal, Action and NotAction, Resource and NotResource one
    # of each pair is present at most, and a Sid and Conditions are optional:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    return Statement(
        name=str(each.get("Sid") or number),
        effect=each["Effect"],
        principals=_principals(each.get("Principal", each.get("NotPrincipal", {}))),
        excepts_principals="NotPrincipal" in each,
        actions=tuple(_listed(each.get("Action", each.get("NotAction", ())))),
        excepts_actions="NotAction" in each,
        resources=tuple(_listed(each.get("Resource", each.get("NotResource", ())))),
        excepts_resources="NotResource" in each,
        conditions=tuple(
            Condition(operator, key.lower(), tuple(map(_text, _listed(values))))
            for operator, keys in each.get("Condition", {}).items()
            for key, values in keys.items()
        ),
    )


def _principals(stated: Any) -> tuple[tuple[str, str], ...]:
    if stated == "*":
        return (ANYBODY,)
    return tuple(
        (kind, principal)
        for kind, some in stated.items()
        for principal in _listed(some)
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
