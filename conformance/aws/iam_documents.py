"""The documents that a policy is cut into, as IAM takes no long ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.aws.iam_policy import Statement, document, rights
from conformance.config.declared import Declared
from conformance.config.environment import Environment

LIMIT = 6144
"""The characters of a managed policy, without white space (IAM User Guide, "IAM and
AWS STS quotas")."""
ATTACHED = 10
"""The managed policies that a role takes by default (as above)."""


@dataclass(frozen=True)
class Documents:
    """The documents of a policy, and what their reader must know."""

    by_name: Mapping[str, dict[str, Any]]
    remarks: tuple[str, ...] = ()


@dataclass
class _Cutter:
    """One class's statements, cut into documents that fit."""

    documents: list[list[Statement]] = field(default_factory=lambda: [[]])

    def add(self, stated: Statement) -> None:
        """Add a statement; where its resources do not fit, a part of them."""
        resources = list(stated["Resource"])
        while resources:
            count = self._fitting(stated, resources)
            if count:
                self._last.append(
                    _part(stated, self._number(stated), resources[:count])
                )
                resources = resources[count:]
            elif self._last:
                self.documents.append([])
            else:
                raise ValueError(f"{stated['Sid']} fits into no document of IAM")

    @property
    def _last(self) -> list[Statement]:
        return self.documents[-1]

    def _fitting(self, stated: Statement, resources: list[str]) -> int:
        """Return how many of the resources fit into the last document."""
        used = size(document([*self._last, _part(stated, 99, [])]))
        for count, resource in enumerate(resources):
            used += len(resource) + len('"",')
            if used > LIMIT:
                return count
        return len(resources)

    def _number(self, stated: Statement) -> int:
        """Return how many parts of the statement there are already."""
        return sum(
            part["Sid"].rstrip("0123456789") == stated["Sid"]
            for parts in self.documents
            for part in parts
        )


def documents(environment: Environment, declared: Declared) -> Documents:
    """Return the documents that a run needs, at most ten for a role if possible.

    Tables are named one by one. Where a role does not take so many documents, the
    pattern of their names stands for them.
    """
    found = cut(rights(environment, declared))
    if len(found) <= ATTACHED:
        return Documents(found)
    many = f"{len(found)} documents would name each table, and a role takes {ATTACHED}"
    pattern = environment.physical("*")
    if pattern == "*":
        return Documents(found, (f"{many}: {_SECOND_ROLE}",))
    held = f"{pattern}, which holds for such tables that nobody declared, too"
    by_pattern = cut(rights(environment, declared, by_pattern=True))
    return Documents(by_pattern, (f"{many}: the tables are named by {held}",))


_SECOND_ROLE = (
    "attach them to two roles, by an environment file for each whose allows has other "
    "classes (such as one for drills), or let AWS raise the quota"
)


def cut(by_class: Mapping[str, list[Statement]]) -> dict[str, dict[str, Any]]:
    """Return the documents by name: the class, and a number if it needs several."""
    found = {}
    for name, statements in by_class.items():
        cutter = _Cutter()
        for stated in statements:
            cutter.add(stated)
        parts = [part for part in cutter.documents if part]
        several = len(parts) > 1
        for number, part in enumerate(parts, 1):
            found[f"{name}-{number}" if several else name] = document(part)
    return found


def size(written: dict[str, Any]) -> int:
    """Return the characters that IAM counts."""
    return len(json.dumps(written, separators=(",", ":")))


def _part(stated: Statement, number: int, resources: list[str]) -> Statement:
    sid = f"{stated['Sid']}{number + 1 if number else ''}"
    return stated | {"Sid": sid, "Resource": resources}
