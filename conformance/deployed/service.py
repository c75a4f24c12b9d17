"""A service as it is deployed: its function, its role, and what the role may do."""

from collections.abc import Mapping

from conformance.config.declared import Declared
from conformance.config.declared.privileges import Privileges
from conformance.deployed.environment_keys import EnvironmentKeys
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.functions import UNSET, Configuration, DeployedFunction
from conformance.deployed.resource_policies import ResourcePolicies
from conformance.deployed.roles import DeployedRole, MissingRoleError
from conformance.deployed.simulation import Context
from conformance.model.errors import NotAssessedError, NotUnderstoodError
from conformance.model.iam.assumers import Assumers
from conformance.model.iam.dynamodb_actions import ON_STREAMS


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
        self._policies = ResourcePolicies(facts, self._privileges.every_arn)
        self._keys = EnvironmentKeys(facts, declared)
        self._context = context_of_role(declared, self._service.context)
        self._trusted = declared.security.trusted
        self._name = name
        self.function = DeployedFunction(
            facts, region, self._service.function, self._service.qualifier
        )
        self.role = self._role(self._service.role)

    @prefetched
    def state(self) -> str:
        """The state of what serves, or `MISSING`."""
        return self.function.state

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of what serves that hold table names and their region.

        Raises:
            NotUnderstoodError: they are right, and other names come from elsewhere, or
                the region is not set.
        """
        declared = self.declared_variables
        found = self.function.served(
            lambda shown: self.function.variables(declared, shown), declared
        )
        region = self._service.region_variable
        if found == {**declared, region: UNSET}:
            raise NotUnderstoodError(
                f"{region} is not set: Lambda sets AWS_REGION to {self._region}, and "
                "nothing says whether the function takes that instead; if so, declare "
                'region_variable = "AWS_REGION"'
            )
        elsewhere = [use for use in self._service.uses if not use.variable]
        if elsewhere and found == declared:
            told = ", ".join(f"{use.table} from {use.name_from}" for use in elsewhere)
            raise NotUnderstoodError(
                f"{self._service.function} takes table names from where the suite does "
                f"not look: {told}",
            )
        return found

    @property
    def declared_variables(self) -> Mapping[str, str]:
        """The values that those variables must have."""
        self._require_tables()
        physical = self._facts.environment.physical
        tables = {
            use.variable: physical(use.table)
            for use in self._service.uses
            if use.variable
        }
        return dict(
            sorted({**tables, self._service.region_variable: self._region}.items())
        )

    @property
    def role_name(self) -> str:
        """The role that serves, with its path if the declared role has one."""
        declared = self._service.role

        def read(shown: Configuration) -> Mapping[str, str]:
            name = shown["Role"].rpartition(":role/")[2]
            return {"role": name if "/" in declared else _name(name)}

        return self.function.served(read, {"role": declared})["role"]

    @prefetched
    def out_of_reach(self) -> frozenset[str]:
        """The needed operations that the role of what serves is refused."""

        def read(shown: Configuration) -> Mapping[str, str]:
            role = self._role(shown["Role"])
            try:
                return {"refused": "; ".join(sorted(self._refused(role)))}
            except MissingRoleError:
                return {"refused": f"role {role.name} is missing"}

        refused = self.function.served(read, {"refused": ""})["refused"]
        return frozenset({refused} if refused else ())

    @prefetched
    def refused(self) -> frozenset[str]:
        """The needed operations that the declared role is refused."""
        return self._refused(self.role)

    @prefetched
    def excess(self) -> frozenset[str]:
        """The operations that the declared role is allowed without need."""
        self._require_tables()
        grants = self._privileges.excess(
            self._service, self.role.named_resources, self._keys.arns
        )
        return self.role.allowed(grants, self._in_context)

    @prefetched
    def wildcards(self) -> frozenset[str]:
        """The wildcards in the permissions of the declared role."""
        return frozenset(self.role.wildcards)

    @property
    def open_trust(self) -> frozenset[str]:
        """The principals that can assume the declared role and should not."""
        assumers = Assumers(frozenset({self._service.principal}))
        return self.role.open_trust(self._trusted, assumers)

    @property
    def shut_out(self) -> frozenset[str]:
        """The service that assumes the declared role, if the role does not let it."""
        return self.role.shut_out(self._service.principal)

    def _refused(self, role: DeployedRole) -> frozenset[str]:
        self._require_tables()
        needs = self._privileges.needs(self._service, self._streams)
        return role.refused(needs, self._in_context)

    def _role(self, name: str) -> DeployedRole:
        role = _name(name)
        return DeployedRole(self._facts, self._region, role, policies=self._policies)

    @property
    def _in_context(self) -> Context:
        """The condition keys of the function's credentials, with their values."""
        account = self._facts.environment.account
        name = self._service.function
        function = f"arn:aws:lambda:{self._region}:{account}:function:{name}"
        return {"lambda:SourceFunctionArn": [function]} | {**self._context}

    @property
    def _streams(self) -> Mapping[str, str]:
        """The streams that the service reads, by table."""
        arns = {
            use.table: self._policies.stream(self._privileges.arn(use.table))
            for use in self._service.uses
            if use.operations & ON_STREAMS
        }
        return {table: arn for table, arn in arns.items() if arn}

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


def _name(role: str) -> str:
    """Return a role's name without its path, and without the rest of an ARN."""
    return role.rpartition("/")[2]


def context_of_role(declared: Declared, own: Context) -> Context:
    """Return what is declared of a role's condition keys, with the organization.

    It is known where one is trusted: it is the environment's own then.
    """
    organisations = list(declared.security.trusted.organisations)
    keys = ("aws:PrincipalOrgID", "aws:ResourceOrgID")
    known = dict.fromkeys(keys, organisations) if len(organisations) == 1 else {}
    return known | {**own}


def privileges(facts: Facts, region: str, declared: Declared) -> Privileges:
    """Return the declared grants on the tables in a region."""
    return Privileges(
        facts.environment,
        region,
        declared.tables,
        declared.security.other_environments,
        (declared.backups.vault, declared.security.deployer.vault),
    )
