"""The rights that a job's role needs, and whether its policies grant them.

Source: AWS Backup Developer Guide, "Customer managed policies" (DynamoDB) and
"Advanced DynamoDB backup"; AWS managed policy AWSBackupServiceRolePolicyForBackup.
Left out: the policies of keys, and what a restore needs.
"""

from collections.abc import Callable, Iterable
from typing import Any

from aws_standin.backup.records import place_of
from aws_standin.backup.table_contents import Calls
from aws_standin.iam.attached_policies import ANY_REGION, Principal, policies
from aws_standin.iam.evaluation import Ask, Policies, decide
from aws_standin.protocols.messages import AwsError

ADVANCED = (
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
)
PLAIN = ("dynamodb:CreateBackup", "dynamodb:DescribeTable")
COPY = ("backup:CopyIntoBackupVault",)
Rights = Callable[[str], Policies]
"""The policies of a role, by its ARN; raises AwsError if it is not there."""


def read(call: Calls, role: str) -> Policies:
    """Return the policies of a role."""
    account = place_of(role).account

    def ask(operation: str, **given: Any) -> dict[str, Any]:
        return call("iam", operation, account, ANY_REGION, **given)

    return policies(Principal.of(role), ask)


def backup_problem(rights: Rights, role: str, table: str, *, advanced: bool) -> str:
    """Return why a role cannot back a table up, "" if it can."""
    return _problem(rights, role, ADVANCED if advanced else PLAIN, table)


def copy_problem(rights: Rights, role: str, vault: str) -> str:
    """Return why a role cannot copy into a vault, "" if it can."""
    return _problem(rights, role, COPY, vault)


def _problem(rights: Rights, role: str, actions: Iterable[str], resource: str) -> str:
    try:
        own = rights(role)
    except AwsError as refusal:
        return refusal.message
    place = place_of(resource)
    context = {
        "aws:principalaccount": (place_of(role).account,),
        "aws:principalarn": (role,),
        "aws:requestedregion": (place.region,),
        "aws:resourceaccount": (place.account,),
        "aws:securetransport": ("true",),
    }
    for action in actions:
        ask = Ask(action, resource, context, (role,), place_of(role).account)
        if decide(ask, own).verdict != "allowed":
            return (
                f"IAM Role {role} does not have sufficient permissions to execute the "
                f"job: it is not authorized to perform {action} on {resource}"
            )
    return ""
