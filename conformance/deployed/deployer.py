"""The role that deploys: what it is refused, and who may assume it."""

from conformance.aws.client import AwsError
from conformance.config.declared import Declared
from conformance.config.declared.privileges import Grant
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.roles import DeployedRole, MissingRoleError
from conformance.model.errors import NotAssessedError


class DeployedDeployer:
    """The privileges of the deploying role in one region."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know what it must be able to do; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._tables = sorted(map(facts.environment.physical, declared.tables))
        self._trusted = declared.security.trusted
        self._declared = declared.security.deployer
        self.role = DeployedRole(facts, region, self._declared.role, "IDN-3")

    @prefetched
    def refused_on_tables(self) -> frozenset[str]:
        """The refused actions among those that create and configure the tables."""
        arns = tuple(self._arn("dynamodb", f"table/{table}") for table in self._tables)
        return self._refused(Grant(self._declared.table_actions, arns))

    @prefetched
    def refused_on_vault(self) -> frozenset[str]:
        """The refused actions among those that create the backup vault."""
        arn = self._arn("backup", f"backup-vault:{self._declared.vault}")
        return self._refused(Grant(self._declared.vault_actions, (arn,)))

    @prefetched
    def refused_on_key(self) -> frozenset[str]:
        """The refused actions among those that encrypt with the key."""
        return self._refused(Grant(self._declared.key_actions, (self.key_arn,)))

    @property
    def key_arn(self) -> str:
        """The key that the alias stands for in this region.

        Raises:
            NotAssessedError: there is no such alias.
        """
        alias = self._declared.key_alias
        try:
            answer = self._facts.read("kms", self._region, "DescribeKey", KeyId=alias)
        except AwsError as problem:
            if problem.code != "NotFoundException":
                raise
            raise NotAssessedError(f"{alias} is missing in {self._region}") from None
        return str(answer["KeyMetadata"]["Arn"])

    @prefetched
    def open_trust(self) -> frozenset[str]:
        """The principals that can assume the role and should not."""
        return self.role.open_trust(self._trusted)

    def _refused(self, grant: Grant) -> frozenset[str]:
        try:
            return self.role.refused([grant])
        except MissingRoleError:
            return frozenset({f"role {self.role.name} is missing"})

    def _arn(self, service: str, resource: str) -> str:
        account = self._facts.environment.account
        return f"arn:aws:{service}:{self._region}:{account}:{resource}"
