"""What is no plan, or none for this environment, is refused with what was expected."""

import re

import pytest

from conformance.model.errors import BadInputError
from tests.selftest.terraform_plans import REGION, change
from tests.selftest.terraform_review import TABLE, judged, other_caller, plan, users

__all__ = ["judged", "plan"]


def format_2(plan):
    plan["format_version"] = "2.0"


def format_0(plan):
    plan["format_version"] = "0.2"


def errored(plan):
    plan["errored"] = True


def incomplete(plan):
    plan["complete"] = False


def other_account(plan):
    users(plan)["arn"] = f"arn:aws:dynamodb:{REGION}:111122223333:table/users-sit"
    change(plan, TABLE, "users")["after_unknown"].pop("arn")


def other_region(plan):
    plan["variables"]["region"]["value"] = "us-east-1"


def standin(plan):
    provider = plan["configuration"]["provider_config"]["aws"]["expressions"]
    url = {"constant_value": "http://127.0.0.1:4566"}
    provider["endpoints"] = [{"dynamodb": url}]


def no_time(plan):
    plan["timestamp"] = "yesterday"


def impossible_time(plan):
    plan["timestamp"] = "0001-01-01T00:00:00+14:00"


def older_terraform(plan):
    del plan["timestamp"]


def update_of_nothing(plan):
    plan["resource_changes"][0]["change"]["actions"] = ["update"]


def update_to_nothing(plan):
    change(plan, TABLE, "users").update(actions=["update"], before={}, after=None)


def malformed(plan):
    plan["resource_changes"][0]["change"] = "create"


REFUSED = {
    format_2: "format_version is 2.0; expected: 1.x",
    format_0: "format_version is 0.2; expected: 1.x",
    errored: "Terraform failed while it planned",
    incomplete: "the plan is not complete",
    other_account: "is a plan for account 111122223333; expected: 815856636111",
    other_caller: "is a plan for account 111122223333; expected: 815856636111",
    other_region: "is a plan for region us-east-1; expected: eu-west-1",
    standin: "was planned against http://127.0.0.1:4566, which is no AWS",
    no_time: "timestamp is 'yesterday'; expected: one such as",
    impossible_time: "timestamp is '0001-01-01T00:00:00+14:00'; expected: one such as",
    older_terraform: "plan with Terraform 1.5 or later",
    update_of_nothing: "resource_changes[0].change.before is null; expected: the",
    update_to_nothing: ".change.after is null; expected: the values of",
    malformed: "resource_changes[0].change is",
}


@pytest.mark.parametrize("spoil", REFUSED, ids=lambda spoil: spoil.__name__)
def test_what_is_no_plan_for_this_environment_is_refused(judged, plan, spoil):
    """One message says what it is, and what was expected."""
    spoil(plan)
    with pytest.raises(BadInputError, match=re.escape(REFUSED[spoil])):
        judged(plan)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PK\x03\x04", "binary format"),
        ("no json", "is not JSON"),
        ("", "is not JSON"),
        ('{"resource_changes": [NaN]}', "is not JSON"),
        ('{"resource_changes": [1e999]}', "is not JSON"),
        ("[]", "holds no object"),
        ("{}", "is no plan"),
        ('{"version": 4, "lineage": "x", "serial": 1}', "is a state"),
        ('{"format_version": "1.0", "terraform_version": "1", "values": {}}', "state"),
    ],
)
def test_other_files_are_refused(judged, text, said):
    """A plan file, a state and anything else: the message says how to make one."""
    with pytest.raises(BadInputError, match=said) as refusal:
        judged(text)
    assert "terraform show -json PLAN" in str(refusal.value)
