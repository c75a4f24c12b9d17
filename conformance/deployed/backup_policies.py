"""The policies of the vault and of the keys, as far as they stop AWS Backup's jobs.

Source: AWS Backup Developer Guide, "Vault access policies" and "Encryption for backups
in AWS Backup" ("Your IAM role must have access to the KMS key"); KMS Developer Guide,
"Key policies". IAM's policy simulator reads none of these policies.
"""

from collections.abc import Iterable, Iterator, Mapping

from conformance.aws.members import Members
from conformance.deployed.facts import Facts
from conformance.model.errors import NotUnderstoodError
from conformance.model.iam.evaluation import (
    ALLOWED,
    DELEGATED,
    DENIED,
    SILENT,
    UNKNOWN,
    Request,
    context_of,
    decide_statements,
)
from conformance.model.iam.statements import Statement, statements

Context = Mapping[str, Iterable[str]]
_SERVICE = ("Service", "backup.amazonaws.com")


class JobPolicies:
    """The policies of resources, asked for the jobs of one role in one region."""

    def __init__(self, facts: Facts, region: str, role: str) -> None:
        """Know the ARN of the role; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._role = role

    def denied(
        self, policy: Members, resource: str, actions: Iterable[str]
    ) -> frozenset[str]:
        """Return the actions that a resource's policy denies AWS Backup or the role.

        Raises:
            NotUnderstoodError: that depends on a condition key that is not known.
        """
        found = set()
        for action in actions:
            request = self._request(action, resource, {})
            decision = decide_statements(_attached(policy, resource), request)
            if decision.verdict == DENIED:
                found.add(f"its policy denies {action}")
            elif decision.verdict == UNKNOWN and decision.open_effect == DENIED:
                raise NotUnderstoodError(
                    f"the policy of the vault denies {action}, depending on "
                    f"{', '.join(sorted(decision.depends_on))}",
                    policy,
                )
        return frozenset(found)

    def refused_by_key(
        self, key: str, actions: Iterable[str], context: Context
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the actions that a key's policy refuses the role, and those it leaves.

        What it leaves to identity policies, IAM decides.

        Raises:
            NotUnderstoodError: the key is another account's, or its policy depends on
                a condition key that is not known.
        """
        account = self._facts.environment.account
        if key.split(":")[4:5] != [account]:
            raise NotUnderstoodError(
                f"{key} is of another account, whose key policies cannot be read"
            )
        answer = self._facts.read(
            "kms", self._region, "GetKeyPolicy", KeyId=key, PolicyName="default"
        )
        policy = answer.embedded("Policy")
        decisions = list(self._decisions(policy, key, actions, context))
        refused = frozenset(
            f"the policy of its key {'denies' if verdict == DENIED else 'lacks'} "
            f"{action}"
            for action, verdict in decisions
            if verdict in (DENIED, SILENT)
        )
        left = frozenset(
            action for action, verdict in decisions if verdict == DELEGATED
        )
        return refused, left

    def _decisions(
        self, policy: Members, key: str, actions: Iterable[str], context: Context
    ) -> Iterator[tuple[str, str]]:
        all_of_them = _attached(policy, key)
        certain = [one for one in all_of_them if not _is_conditional_grant(one)]
        for action in actions:
            request = self._request(action, key, context)
            decision = decide_statements(all_of_them, request)
            if decision.open_effect == ALLOWED:
                # What it grants without conditions may be enough.
                sure = decide_statements(certain, request)
                decision = decision if sure.verdict == SILENT else sure
            if decision.verdict == UNKNOWN:
                raise NotUnderstoodError(
                    f"the policy of {key} decides {action} by "
                    f"{', '.join(sorted(decision.depends_on))}",
                )
            yield action, decision.verdict

    def _request(self, action: str, resource: str, context: Context) -> Request:
        account = self._facts.environment.account
        usual = {
            "aws:PrincipalAccount": [account],
            "aws:PrincipalArn": [self._role],
            "aws:RequestedRegion": [self._region],
            "aws:ResourceAccount": [account],
            "aws:SecureTransport": ["true"],
        }
        principals = frozenset({("AWS", self._role), _SERVICE})
        known = context_of({**usual, **context})
        return Request(action, resource, principals, account, known)


def _attached(policy: Members, resource: str) -> tuple[Statement, ...]:
    """Return the statements of a policy that is attached to a resource.

    Raises:
        NotUnderstoodError: one has no principal, which such policies have.
    """
    found = statements(policy)
    if not all(statement.principals for statement in found):
        raise NotUnderstoodError(
            f"a statement of the policy of {resource} has no principal"
        )
    return found


def _is_conditional_grant(statement: Statement) -> bool:
    return statement.allows and bool(statement.conditions)
