"""The KMS keys of an environment, as their aliases say in each region."""

from conformance.aws.client import AwsError
from conformance.config.declared import Declared
from conformance.deployed.facts import Facts
from conformance.model.iam.evaluation import Decision, Request, decide


class EnvironmentKeys:
    """The keys of the tables and of the backup vault."""

    def __init__(self, facts: Facts, declared: Declared) -> None:
        """Know the aliases; nothing is read yet."""
        self._facts = facts
        # In one order, so that evidence is the same in each process.
        self._aliases = sorted(
            {declared.security.deployer.key_alias, declared.backups.key_alias}
        )

    @property
    def arns(self) -> frozenset[str]:
        """The keys in every region of the environment.

        Where an alias is missing there is no key that could be harmed.
        """
        found = (
            key_of(self._facts, region, alias)
            for region in self._facts.environment.regions
            for alias in self._aliases
        )
        return frozenset(arn for arn in found if arn)


class KeyPolicies:
    """The policies of KMS keys, without which no identity policy counts.

    AWS KMS Developer Guide, "Key policies in AWS KMS": a key's policy admits somebody,
    or leaves it to the identity policies of an account.
    """

    required = True

    def __init__(self, facts: Facts) -> None:
        """Nothing is read yet."""
        self._facts = facts

    def decide(self, request: Request) -> Decision:
        """Return what the policy of the key says."""
        region = request.resource.split(":")[3]
        # "default" is the only name of a policy that the owner of a key can edit.
        answer = self._facts.read(
            "kms",
            region,
            "GetKeyPolicy",
            KeyId=request.resource,
            PolicyName="default",
        )
        return decide(answer.embedded("Policy"), request)


def key_of(facts: Facts, region: str, alias: str) -> str:
    """Return the ARN of the key that an alias stands for; "" if there is none."""
    try:
        answer = facts.read("kms", region, "DescribeKey", KeyId=alias)
    except AwsError as problem:
        if problem.code != "NotFoundException":
            raise
        return ""
    return str(answer["KeyMetadata"]["Arn"])
