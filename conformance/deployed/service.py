"""A service as it is deployed: its function, its role, and what the role may do."""

from collections.abc import Mapping

from conformance.config.declared import Declared
from conformance.config.declared.privileges import Privileges
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.functions import DeployedFunction
from conformance.deployed.roles import DeployedRole, MissingRoleError
from conformance.model.errors import NotAssessedError


class DeployedService:
    """One service in one region: its function and its role."""

    def __init__(
        self, facts: Facts, region: str, declared: Declared, name: str
    ) -> None:
        """Know what was declared of it; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._service = declared.services.services[name]
        self._privileges = privileges(facts, region, declared)
        self._name = name
        self.function = DeployedFunction(facts, region, self._service.function)
        self.role = DeployedRole(facts, region, self._service.role)

    @prefetched
    def state(self) -> str:
        """The function's state, or `MISSING`."""
        return self.function.state

    @property
    def variables(self) -> Mapping[str, str]:
        """The function's variables that hold table names and their region."""
        return self.function.variables(self.declared_variables)

    @property
    def declared_variables(self) -> Mapping[str, str]:
        """The values that those variables must have."""
        self._require_tables()
        physical = self._facts.environment.physical
        tables = {use.variable: physical(use.table) for use in self._service.uses}
        return dict(
            sorted({**tables, self._service.region_variable: self._region}.items())
        )

    @property
    def role_name(self) -> str:
        """The role that the function runs as."""
        return self.function.role_arn.rpartition(":role/")[2]

    @prefetched
    def out_of_reach(self) -> frozenset[str]:
        """The needed operations that the role of the running function is refused."""
        name = self.function.role_arn.rpartition("/")[2]
        role = DeployedRole(self._facts, self._region, name)
        try:
            return self._refused(role)
        except MissingRoleError:
            return frozenset({f"role {name} is missing"})

    @prefetched
    def refused(self) -> frozenset[str]:
        """The needed operations that the declared role is refused."""
        return self._refused(self.role)

    @prefetched
    def excess(self) -> frozenset[str]:
        """The operations that the declared role is allowed without need."""
        self._require_tables()
        grants = self._privileges.excess(self._service)
        return self.role.allowed(grants, self._service.context)

    @prefetched
    def wildcards(self) -> frozenset[str]:
        """The wildcards in the permissions of the declared role."""
        return frozenset(self.role.wildcards)

    def _refused(self, role: DeployedRole) -> frozenset[str]:
        self._require_tables()
        return role.refused(
            self._privileges.needs(self._service), self._service.context
        )

    def _require_tables(self) -> None:
        tables = self._privileges.tables
        for use in self._service.uses:
            if use.table not in tables:
                raise NotAssessedError(
                    f"services.{self._name} uses {use.table}, which is no table of "
                    "this contract"
                )
            if unknown := use.indexes - set(tables[use.table].indexes):
                raise NotAssessedError(
                    f"services.{self._name} uses {', '.join(sorted(unknown))}, which "
                    f"is no index of {use.table}"
                )


def privileges(facts: Facts, region: str, declared: Declared) -> Privileges:
    """Return the declared grants on the tables in a region."""
    return Privileges(
        facts.environment,
        region,
        declared.tables,
        declared.security.other_environments,
    )
