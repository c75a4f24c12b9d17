"""The trust policy of a role that AWS Backup assumes."""

import pytest

from conformance.model.errors import NotUnderstoodError
from conformance.model.iam.trust import refusal

SERVICE = "backup.amazonaws.com"
ACCOUNT = "111122223333"


def statement(**more):
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": SERVICE},
        **more,
    }


def refused(*statements):
    return refusal({"Statement": list(statements)}, SERVICE, ACCOUNT, "eu-west-1")


def source(value, operator="StringEquals"):
    return {"Condition": {operator: {"aws:SourceAccount": value}}}


def source_arn(value, operator="ArnLike"):
    return {"Condition": {operator: {"aws:SourceArn": value}}}


OWN = f"arn:aws:backup:eu-west-1:{ACCOUNT}"
TRUSTED = {
    "the service": [statement()],
    "several services": [
        statement(Principal={"Service": ["ec2.amazonaws.com", SERVICE]})
    ],
    "a pattern of actions": [statement(Action=["sts:*"])],
    "its own account": [statement(**source([ACCOUNT]))],
    "accounts like its own": [statement(**source("1111*", "StringLike"))],
    "what is of its own account": [
        statement(**source_arn(f"arn:aws:backup:*:{ACCOUNT}:*"))
    ],
    "what is of its own account and region": [statement(**source_arn(f"{OWN}:*"))],
    "any service of its own account": [
        statement(**source_arn(f"arn:aws:*:*:{ACCOUNT}:*", "StringLike"))
    ],
    "its own account in both ways": [
        statement(
            Condition={
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"{OWN}:*"},
            }
        )
    ],
    "its own account if it is told": [
        statement(**source(ACCOUNT, "StringEqualsIfExists"))
    ],
    "whom no guard against strangers denies": [
        statement(),
        statement(
            Effect="Deny",
            Principal="*",
            **source(ACCOUNT, "StringNotEquals"),
        ),
    ],
    "whom comes over TLS": [
        statement(Condition={"Bool": {"aws:SecureTransport": "true"}})
    ],
    "a deny for another account": [
        statement(),
        statement(Effect="Deny", **source("999999999999")),
    ],
}


@pytest.mark.parametrize("whom", TRUSTED)
def test_a_role_that_trusts_the_service_can_be_assumed(whom):
    """One statement that allows and none that denies are enough."""
    assert refused(*TRUSTED[whom]) == ""


REFUSED = {
    "nobody": [],
    "another service": [statement(Principal={"Service": "ec2.amazonaws.com"})],
    "an account": [statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})],
    "everybody": [statement(Principal="*")],
    "another action": [statement(Action="sts:TagSession")],
    "another account": [statement(**source("999999999999"))],
    "what is of another account": [
        statement(**source_arn("arn:aws:backup:*:999999999999:*"))
    ],
    "what is of another region": [
        statement(**source_arn(f"arn:aws:backup:us-east-1:{ACCOUNT}:*"))
    ],
    "what is of another service": [
        statement(**source_arn(f"arn:aws:events:*:{ACCOUNT}:*"))
    ],
    "its own account, which is denied": [
        statement(),
        statement(Effect="Deny", **source(ACCOUNT)),
    ],
    "a deny": [statement(), statement(Effect="Deny")],
    "a deny for everybody": [statement(), statement(Effect="Deny", Principal="*")],
}


@pytest.mark.parametrize("whom", REFUSED)
def test_a_role_that_does_not_trust_the_service_cannot_be_assumed(whom):
    """Without a statement that allows, or with one that denies, it is refused."""
    assert SERVICE in refused(*REFUSED[whom])


@pytest.mark.parametrize(
    "one",
    [
        statement(Condition={"StringEquals": {"sts:ExternalId": "1"}}),
        statement(
            Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
        ),
        statement(**source_arn(f"{OWN}:backup-vault:*")),
        {"Effect": "Deny", "Action": "sts:*", "NotPrincipal": {"AWS": "*"}},
        statement(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}}),
    ],
)
def test_what_is_not_judged_in_a_trust_policy_is_said(one):
    """A condition outside what is judged makes no verdict."""
    with pytest.raises(NotUnderstoodError):
        refused(one)
