"""Policies are read as IAM reads them; doubt counts as letting in."""

import pytest

from conformance.model.iam.exposure import Trusted, exposed, open_trust

OWN, STRANGER = "111122223333", "999988887777"
TRUSTED = Trusted(frozenset({OWN}), frozenset({"o-a1b2c3d4e5"}))
TABLE = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders-sit"


def policy(principal="*", *, effect="Allow", **more):
    statement = {
        "Sid": "It",
        "Effect": effect,
        "Principal": principal,
        "Action": "dynamodb:GetItem",
        "Resource": TABLE,
    }
    return {"Version": "2012-10-17", "Statement": [statement | more]}


def condition(operator, key, *values):
    return {"Condition": {operator: {key: list(values)}}}


RESTRICTING = {
    "own account": condition("StringEquals", "aws:PrincipalAccount", OWN),
    "key in capitals": condition("StringEquals", "AWS:PRINCIPALACCOUNT", OWN),
    "organisation": condition("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
    "path": condition(
        "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/*"
    ),
    "own roles": condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"),
    "own source": condition("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{OWN}:topic"),
    "VPC endpoint": condition("StringEquals", "aws:SourceVpce", "vpce-0a1b2c3d"),
}
OPEN = {
    "no condition": {},
    "absent key": condition("StringEqualsIfExists", "aws:PrincipalAccount", OWN),
    "all of none": condition("ForAllValues:StringEquals", "aws:PrincipalAccount", OWN),
    "the contrary": condition("StringNotEquals", "aws:PrincipalAccount", OWN),
    "a stranger too": condition("StringEquals", "aws:PrincipalAccount", OWN, STRANGER),
    "any account": condition("StringLike", "aws:PrincipalAccount", "*"),
    "any role": condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"),
    "any organisation": condition("StringLike", "aws:PrincipalOrgID", "o-*"),
    "any endpoint": condition("StringLike", "aws:SourceVpce", "vpce-*"),
    "only encrypted": condition("Bool", "aws:SecureTransport", "true"),
    "a browser": condition("StringLike", "aws:UserAgent", "secret-agent"),
    "an address": condition("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    "key is there": condition("Null", "aws:PrincipalAccount", "false"),
}


@pytest.mark.parametrize("name", RESTRICTING)
def test_a_condition_that_only_the_trusted_meet_restricts(name):
    """A policy for everyone lets in nobody unlisted with such a condition."""
    assert exposed(policy(**RESTRICTING[name]), TRUSTED) == frozenset()


@pytest.mark.parametrize("name", OPEN)
def test_a_condition_that_others_meet_does_not_restrict(name):
    """A policy for everyone stays one with such a condition."""
    assert exposed(policy(**OPEN[name]), TRUSTED) == {"statement It lets in everyone"}


@pytest.mark.parametrize(
    ("principal", "lets_in"),
    [
        ({"AWS": OWN}, ""),
        ({"AWS": [f"arn:aws:iam::{OWN}:role/app"]}, ""),
        ({"AWS": STRANGER}, f"AWS {STRANGER}"),
        ({"AWS": [OWN, f"arn:aws:iam::{STRANGER}:root"]}, f"arn:aws:iam::{STRANGER}"),
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, "AWS AIDACKCEVSQ6C2EXAMPLE"),
        ({"Service": "replication.dynamodb.amazonaws.com"}, ""),
        ({"Service": "glue.amazonaws.com"}, "the service glue.amazonaws.com"),
        ({"CanonicalUser": "79a59d"}, "CanonicalUser 79a59d"),
    ],
)
def test_principals_are_judged_by_their_account(principal, lets_in):
    """A principal of an unlisted account, or of an unknown one, is a stranger."""
    found = "".join(exposed(policy(principal), TRUSTED))
    assert lets_in in found
    assert bool(found) == bool(lets_in)


def test_a_deny_lets_nobody_in():
    """A policy that only denies exposes nothing; NotPrincipal in an Allow does."""
    assert exposed(policy(effect="Deny"), TRUSTED) == frozenset()
    everybody_else = policy(NotPrincipal={"AWS": OWN})
    del everybody_else["Statement"][0]["Principal"]
    assert exposed(everybody_else, TRUSTED) != frozenset()


def by_branch(**conditions):
    provider = "token.actions.githubusercontent.com"
    return policy(
        {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{provider}"},
        Action="sts:AssumeRoleWithWebIdentity",
        Condition={
            operator: {f"{provider}:sub": value}
            for operator, value in conditions.items()
        },
    )


@pytest.mark.parametrize(
    "sub",
    ["repo:bbws/schemas:ref:refs/heads/main", "repo:bbws/schemas:environment:sit"],
)
def test_a_named_branch_or_environment_may_deploy(sub):
    """A token's sub that names repository and branch or environment is narrow."""
    assert open_trust(by_branch(StringEquals=sub), TRUSTED) == frozenset()
    assert open_trust(by_branch(StringLike=[sub]), TRUSTED) == frozenset()


@pytest.mark.parametrize(
    "trust",
    [
        {},
        {"StringLike": "repo:bbws/schemas:*"},
        {"StringLike": "repo:bbws/*:ref:refs/heads/main"},
        {"StringLike": "repo:bbws/schemas:ref:refs/heads/*"},
        {"StringEquals": "repo:bbws/schemas:pull_request"},
        {"StringEqualsIfExists": "repo:bbws/schemas:ref:refs/heads/main"},
        {"StringNotEquals": "repo:bbws/schemas:ref:refs/heads/main"},
        {"StringLike": ["repo:bbws/schemas:environment:sit", "repo:bbws/schemas:*"]},
    ],
)
def test_any_repository_or_branch_may_not_deploy(trust):
    """A sub that is absent, optional, negated or has a wildcard is a finding."""
    assert open_trust(by_branch(**trust), TRUSTED) != frozenset()
