"""The role of a planned selection: what its trust and its policies would refuse."""

import json

import pytest

from tests.selftest.terraform_plans import ACCOUNT, change, created
from tests.selftest.terraform_review import SELECTION, TABLES, judged, plan

__all__ = ["judged", "plan"]

ROLE = change(created(), SELECTION)["after"]["iam_role_arn"]
NAME = ROLE.rpartition("/")[2]
REFUSED = {("TFP-6", name) for name in TABLES}
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
ACTIONS = [
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
]


def trust(service="backup.amazonaws.com"):
    """A trust policy for a service."""
    return document(
        Principal={"Service": service}, Action="sts:AssumeRole", Resource=None
    )


def document(**statement):
    """A policy document of one statement that allows something."""
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"} | statement
    known = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [known]})


def add(plan, kind, name, after, unknown=(), **expressions):
    """Let the plan make a further resource."""
    plan["resource_changes"].append(
        {
            "address": f"{kind}.{name}",
            "mode": "managed",
            "type": kind,
            "name": name,
            "change": {
                "actions": ["create"],
                "before": None,
                "after": after,
                "after_unknown": dict.fromkeys(unknown, True),
            },
        }
    )
    plan["configuration"]["root_module"]["resources"].append(
        {
            "address": f"{kind}.{name}",
            "type": kind,
            "provider_config_key": "aws",
            "expressions": expressions,
        }
    )


def role(plan, policy=None, **values):
    """Let the plan make the role of its selection; the ARN is not known yet."""
    own = {"name": NAME, "assume_role_policy": policy or trust()} | values
    add(plan, "aws_iam_role", "backup", own, {"arn", "id"} - own.keys())
    del change(plan, SELECTION)["after"]["iam_role_arn"]
    change(plan, SELECTION)["after_unknown"]["iam_role_arn"] = True
    for resource in plan["configuration"]["root_module"]["resources"]:
        if resource["address"] == f"{SELECTION}.tables":
            reference = "aws_iam_role.backup"
            resource["expressions"]["iam_role_arn"] = {
                "references": [f"{reference}.arn", reference]
            }


def inline(plan, policy, **values):
    """Give the role a policy of its own."""
    add(
        plan,
        "aws_iam_role_policy",
        "rights",
        {"role": NAME, "policy": policy} | values,
    )


def attached(plan, arn):
    """Attach a policy to the role."""
    add(
        plan,
        "aws_iam_role_policy_attachment",
        "rights",
        {"role": NAME, "policy_arn": arn},
    )


def customer_managed(plan):
    """Attach a policy that the same plan makes."""
    own = {"policy": document(Action="dynamodb:*")}
    add(plan, "aws_iam_policy", "own", own, ("arn",))
    unknown = {"policy_arn"}
    kind = "aws_iam_role_policy_attachment"
    references = ["aws_iam_policy.own.arn", "aws_iam_policy.own"]
    reference = {"references": references}
    add(plan, kind, "own", {"role": NAME}, unknown, policy_arn=reference)


RIGHT = {
    "policy of AWS": lambda plan: (role(plan), attached(plan, MANAGED)),
    "own policy": lambda plan: (role(plan), inline(plan, document())),
    "block": lambda plan: role(plan, inline_policy=[{"policy": document()}]),
    "list": lambda plan: role(plan, managed_policy_arns=[MANAGED]),
    "policy of the plan": lambda plan: (role(plan), customer_managed(plan)),
    "tables alone": lambda plan: (
        role(plan),
        inline(plan, document(Resource=f"arn:aws:dynamodb:*:{ACCOUNT}:table/*")),
    ),
    "denial on a condition": lambda plan: (
        role(plan),
        inline(
            plan,
            document(
                Effect="Deny",
                Action="*",
                Condition={"Bool": {"aws:SecureTransport": "false"}},
            ),
        ),
        attached(plan, MANAGED),
    ),
    "policy that is not shown": lambda plan: (
        role(plan),
        attached(plan, f"arn:aws:iam::{ACCOUNT}:policy/backup"),
    ),
    "role that is not shown": lambda _: None,
}


@pytest.mark.parametrize("give", RIGHT.values(), ids=RIGHT)
def test_a_role_with_its_rights_passes(judged, plan, give):
    """So does a role of which the plan does not show everything: BKP-5 asks IAM."""
    give(plan)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


WRONG = {
    "no policy": role,
    "policy of AWS for restores": lambda plan: (
        role(plan),
        attached(plan, MANAGED.replace("ForBackup", "ForRestores")),
    ),
    "other actions": lambda plan: (
        role(plan),
        inline(plan, document(Action=ACTIONS[:2])),
    ),
    "other tables": lambda plan: (
        role(plan),
        inline(plan, document(Resource="arn:aws:dynamodb:*:*:table/x")),
    ),
    "everything but these": lambda plan: (
        role(plan),
        inline(plan, document(Action=None, NotAction="dynamodb:*")),
    ),
    "a policy for somebody else": lambda plan: (
        role(plan),
        inline(plan, document(), role="another"),
    ),
    "denial beside the policy of AWS": lambda plan: (
        role(plan),
        inline(plan, document(Effect="Deny", Action="dynamodb:Start*")),
        attached(plan, MANAGED),
    ),
    "another trust": lambda plan: (
        role(plan, trust("ec2.amazonaws.com")),
        attached(plan, MANAGED),
    ),
    "another role": lambda plan: change(plan, SELECTION)["after"].update(
        iam_role_arn=f"{ROLE}-2"
    ),
    "another account": lambda plan: change(plan, SELECTION)["after"].update(
        iam_role_arn=ROLE.replace(ACCOUNT, "111122223333")
    ),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_a_role_that_lets_every_job_fail_fails(judged, plan, spoil):
    """The plan shows it, before the first job."""
    spoil(plan)
    said = judged(plan)
    assert (said.fail, said.open) == (REFUSED, set())
