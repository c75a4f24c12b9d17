"""The Lambda functions of a region, and which of them nobody has declared."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.functions import environment_variables
from conformance.model.errors import UnreadableError
from conformance.model.text import tables_in


class DeployedFunctions:
    """All functions of one region."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know the tables and the declared functions; nothing is read yet."""
        self._facts = facts
        self._region = region
        physical = facts.environment.physical
        self._tables = {physical(table) for table in declared.tables}
        services = declared.services.services.values()
        self._declared = {service.function for service in services}

    @prefetched
    def undeclared(self) -> frozenset[str]:
        """The functions that name a declared table, and are not declared.

        Raises:
            UnreadableError: Lambda could not decrypt the variables of one, and none
                of the others names a table.
        """
        found: set[str] = set()
        unreadable: list[UnreadableError] = []
        for shown in self._others():
            try:
                found.update(self._uses(shown))
            except UnreadableError as problem:
                unreadable.append(problem)
        if unreadable and not found:
            raise unreadable[0]
        return frozenset(found)

    def _others(self) -> list[Mapping[str, Any]]:
        answer = self._facts.read("lambda", self._region, "ListFunctions")
        return [
            shown
            for shown in answer["Functions"]
            if shown["FunctionName"] not in self._declared
        ]

    def _uses(self, shown: Mapping[str, Any]) -> Iterator[str]:
        for variable, value in environment_variables(shown).items():
            for table in tables_in(value, self._tables):
                yield f"{shown['FunctionName']} names {table} ({variable})"
