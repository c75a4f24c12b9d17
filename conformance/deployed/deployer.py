"""The role that deploys: what it is refused, and who may assume it."""

from collections.abc import Iterable

from conformance.config.declared import Declared
from conformance.config.declared.privileges import Grant
from conformance.deployed.environment_keys import KeyPolicies, key_of
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.resource_policies import ResourcePolicies
from conformance.deployed.roles import DeployedRole, MissingRoleError
from conformance.deployed.service import context_of_role
from conformance.deployed.simulation import Context
from conformance.model.errors import NotAssessedError

_REPLICATION = "replication.dynamodb.amazonaws.com"
_LINKED_ROLE = (
    f"arn:aws:iam::{{account}}:role/aws-service-role/{_REPLICATION}/"
    "AWSServiceRoleForDynamoDBReplication"
)
"""DynamoDB makes it with the first global table of an account, for the deployer.

DynamoDB Developer Guide, "DynamoDB global tables security".
"""


class DeployedDeployer:
    """The privileges of the deploying role in one region."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know what it must be able to do; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._tables = sorted(map(facts.environment.physical, declared.tables))
        self._trusted = declared.security.trusted
        self._declared = declared.security.deployer
        owned = declared.backups.key_class == "CUSTOMER_MANAGED"
        self._vault_key = declared.backups.key_alias if owned else ""
        self._context = context_of_role(declared, self._declared.context)
        policies = ResourcePolicies(facts, self._table_arns)
        name = self._declared.role
        self.role = DeployedRole(facts, region, name, "IDN-3", policies)
        self._key_user = DeployedRole(facts, region, name, "IDN-3", KeyPolicies(facts))

    @prefetched
    def refused_on_tables(self) -> frozenset[str]:
        """The refused actions among those that create and configure the tables.

        In a replica's region, those that make it a replica, too.
        """
        grants = [Grant(self._declared.table_actions, self._table_arns)]
        if self._region not in self._facts.environment.regions[:1]:
            grants.append(Grant(self._declared.replica_actions, self._table_arns))
        refused = self._refused(grants)
        return refused | self._refused_on_linked_role()

    @prefetched
    def refused_on_vault(self) -> frozenset[str]:
        """The refused actions among those that create the backup vault."""
        arn = self._arn("backup", f"backup-vault:{self._declared.vault}")
        refused = self._refused(
            [
                Grant(self._declared.vault_actions, (arn,)),
                Grant(self._declared.storage_actions, ("*",)),
            ]
        )
        if refused or not self._vault_key:
            return refused
        actions = self._declared.vault_key_actions
        return self._refused_on(self._vault_key, actions, "backup")

    @prefetched
    def refused_on_key(self) -> frozenset[str]:
        """The refused actions among those that encrypt the tables with their key."""
        return self._refused_on(
            self._declared.key_alias, self._declared.key_actions, "dynamodb"
        )

    @prefetched
    def open_trust(self) -> frozenset[str]:
        """The principals that can assume the role and should not."""
        return self.role.open_trust(self._trusted, self._declared.assumers)

    @property
    def _table_arns(self) -> tuple[str, ...]:
        return tuple(self._arn("dynamodb", f"table/{table}") for table in self._tables)

    def _refused_on_linked_role(self) -> frozenset[str]:
        """Return the refusal to make the role that replicates, where tables do."""
        environment = self._facts.environment
        if len(environment.regions) == 1:
            return frozenset()
        arn = _LINKED_ROLE.format(account=environment.account)
        grant = Grant(("iam:CreateServiceLinkedRole",), (arn,))
        return self._refused([grant], {"iam:AWSServiceName": [_REPLICATION]})

    def _refused_on(
        self, alias: str, actions: Iterable[str], service: str
    ) -> frozenset[str]:
        """Return the refused actions on a key, by the role's or the key's policy.

        Raises:
            NotAssessedError: there is no such alias.
        """
        arn = key_of(self._facts, self._region, alias)
        if not arn:
            raise NotAssessedError(f"{alias} is missing in {self._region}")
        via = {
            "kms:CallerAccount": [self._facts.environment.account],
            "kms:ViaService": [f"{service}.{self._region}.amazonaws.com"],
            "kms:GrantIsForAWSResource": ["true"],
        }
        return self._refused([Grant(tuple(actions), (arn,))], via, self._key_user)

    def _refused(
        self,
        grants: Iterable[Grant],
        more: Context = {},  # noqa: B006 -- read only
        role: DeployedRole | None = None,
    ) -> frozenset[str]:
        try:
            return (role or self.role).refused(grants, {**more} | {**self._context})
        except MissingRoleError:
            return frozenset({f"role {self.role.name} is missing"})

    def _arn(self, service: str, resource: str) -> str:
        account = self._facts.environment.account
        return f"arn:aws:{service}:{self._region}:{account}:{resource}"
