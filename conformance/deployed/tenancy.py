"""A role that reaches only the items of its own tenant: what IAM lets it do."""

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.resource_policies import ResourcePolicies
from conformance.deployed.roles import DeployedRole
from conformance.deployed.service import context_of_role, privileges
from conformance.deployed.simulation import Context
from conformance.model.errors import NotAssessedError
from conformance.model.suite_keys import PREFIX

OWN, OTHER = f"{PREFIX}tenant-a", f"{PREFIX}tenant-b"
_KEYS = "dynamodb:LeadingKeys"


class DeployedTenancy:
    """One tenant's session of the role, as IAM's simulator decides it."""

    def __init__(
        self, facts: Facts, region: str, declared: Declared, name: str
    ) -> None:
        """Know what was declared of it; nothing is read yet."""
        self._declared = declared.security.fine_grained[name]
        self._privileges = privileges(facts, region, declared)
        policies = ResourcePolicies(facts, self._privileges.every_arn)
        self._role = DeployedRole(facts, region, self._declared.role, "SEC-5", policies)
        self._context = context_of_role(declared, self._declared.context)

    @prefetched
    def refused_of_own(self) -> frozenset[str]:
        """The refused operations on items of the tenant itself."""
        self._require_table()
        grants = self._privileges.of_tenant(self._declared)
        return self._role.refused(grants, self._asking_for(OWN))

    @prefetched
    def allowed_of_others(self) -> frozenset[str]:
        """The allowed operations on another tenant's items, alone or among the own."""
        self._require_table()
        grants = self._privileges.of_other_tenants(self._declared)
        alone = self._role.allowed(grants, self._asking_for(OTHER))
        among = self._role.allowed(grants, self._asking_for(OWN, OTHER))
        return alone | frozenset(
            f"{operation}, among own items" for operation in among - alone
        )

    @prefetched
    def allowed_past_keys(self) -> frozenset[str]:
        """The allowed scans, indexes with another key, other tables, and the rest."""
        self._require_table()
        grants = self._privileges.past_tenant(self._declared)
        by_key = self._role.allowed(grants, self._asking_for(OTHER))
        # A scan names no key at all, which ForAllValues takes for fulfilled.
        return by_key | self._role.allowed(grants, self._asking_for())

    def _asking_for(self, *tenants: str) -> Context:
        """Return the session's condition keys; without tenants it names no key."""
        leading = self._declared.leading_key
        keys = [leading.replace("{tenant}", tenant) for tenant in tenants]
        return {self._declared.tenant_key: [OWN], _KEYS: keys} | {**self._context}

    def _require_table(self) -> None:
        if self._declared.table not in self._privileges.tables:
            raise NotAssessedError(f"{self._declared.table} is no declared table")
