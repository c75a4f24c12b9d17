"""The services that use the tables: function, role, tables, and how they are used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import BadInputError

_ENDPOINT_VARIABLES = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"}
"""They tell AWS's SDKs which endpoint to use."""


OWN_REGION = "AWS_REGION"
"""The variable that Lambda sets itself to the region that a function runs in."""


@dataclass(frozen=True)
class Use:
    """The use of one table by a service."""

    table: str
    variable: str
    """The environment variable that holds the table's name; empty if none does."""
    name_from: str
    """The source of the name instead of a variable, such as an SSM parameter."""
    operations: frozenset[str]
    """API operations without a prefix, such as `GetItem`."""
    indexes: frozenset[str]
    """The indexes that it queries."""


@dataclass(frozen=True)
class Service:
    """A service as it is meant to be deployed."""

    function: str
    qualifier: str
    """The alias or version that serves; empty if it is not declared."""
    role: str
    """Its name, or its path and name."""
    region_variable: str
    """The environment variable of the function that holds the tables' region."""
    uses: tuple[Use, ...]
    context: Mapping[str, tuple[str, ...]]
    """Condition keys of its role's policies, with what they are at run time."""
    principal: str
    """The service of AWS that assumes the role."""
    test_event: Mapping[str, Any] | None
    """The event with which the function may be invoked; None if it must not be."""
    test_answer: Any
    """The content that the answer to that event must hold; None if anything will do."""


@dataclass(frozen=True)
class Lookup:
    """An access pattern that finds items by an index, newest or highest first."""

    table: str
    index: str


@dataclass(frozen=True)
class Lifecycle:
    """An access pattern that creates an item, finds it again, and changes its state."""

    table: str
    index: str
    """The index that finds the item."""
    attribute: str
    """The attribute that says how far the item has come."""
    moves: tuple[str, ...]
    """The successive values of that attribute, each set in a transaction."""


@dataclass(frozen=True)
class Services:
    """All services, and their access patterns by name."""

    services: Mapping[str, Service]
    lookups: Mapping[str, Lookup]
    lifecycles: Mapping[str, Lifecycle]
    elsewhere: frozenset[str]
    """Services and patterns of no table of this contract: nothing is judged of them."""

    @property
    def variables(self) -> frozenset[str]:
        """The declared environment variables of all functions, and the SDKs' own."""
        services = self.services.values()
        uses = [use for service in services for use in service.uses]
        tables = {use.variable for use in uses if use.variable}
        regions = {service.region_variable for service in services}
        return frozenset(tables | regions | _ENDPOINT_VARIABLES)

    @property
    def triable(self) -> frozenset[str]:
        """The functions that may be invoked, since a test event is declared."""
        return frozenset(
            service.function
            for service in self.services.values()
            if service.test_event is not None
        )


def declared_services(surroundings: dict[str, Any], tables: set[str]) -> Services:
    """Read the services and patterns that use at least one of these tables."""
    services = {
        name: _service(name, service)
        for name, service in sorted(surroundings["services"].items())
        if tables & set(service["tables"])
    }
    patterns = surroundings["access_patterns"]
    by_table = {**patterns["lookups"], **patterns["lifecycles"]}
    elsewhere = {
        name for name, pattern in by_table.items() if pattern["table"] not in tables
    }
    return Services(
        elsewhere=frozenset(
            elsewhere | (set(surroundings["services"]) - set(services))
        ),
        services=services,
        lookups={
            name: Lookup(**lookup)
            for name, lookup in sorted(patterns["lookups"].items())
            if lookup["table"] in tables
        },
        lifecycles={
            name: Lifecycle(**lifecycle | {"moves": tuple(lifecycle["moves"])})
            for name, lifecycle in sorted(patterns["lifecycles"].items())
            if lifecycle["table"] in tables
        },
    )


def _service(name: str, entry: dict[str, Any]) -> Service:
    return Service(
        function=entry["function"],
        qualifier=entry.get("qualifier", ""),
        role=entry["role"],
        region_variable=entry.get("region_variable", OWN_REGION),
        uses=tuple(
            _use(f"services.{name}.tables.{table}", table, use)
            for table, use in sorted(entry["tables"].items())
        ),
        context={
            key: tuple(values) for key, values in entry.get("context", {}).items()
        },
        principal=entry.get("principal", "lambda.amazonaws.com"),
        test_event=entry.get("test_event"),
        test_answer=entry.get("test_answer"),
    )


def _use(where: str, table: str, entry: dict[str, Any]) -> Use:
    if ("variable" in entry) == ("name_from" in entry):
        raise BadInputError(
            f"surroundings.toml: {where} needs either variable, the environment "
            "variable that holds the table's name, or name_from, where else the "
            "function takes it from"
        )
    return Use(
        table=table,
        variable=entry.get("variable", ""),
        name_from=entry.get("name_from", ""),
        operations=frozenset(entry["operations"]),
        indexes=frozenset(entry["indexes"]),
    )
