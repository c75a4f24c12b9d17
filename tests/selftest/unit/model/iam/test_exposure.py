"""Policies are read as IAM reads them; doubt counts as letting in."""

import pytest

from conformance.model.errors import NotAssessedError
from conformance.model.iam.exposure import exposed
from conformance.model.iam.strangers import Trusted

OWN, STRANGER = "111122223333", "999988887777"
TRUSTED = Trusted(
    frozenset({OWN}),
    frozenset({"o-a1b2c3d4e5"}),
    frozenset({"vpc-0a1b2c3d", "vpce-0a1b2c3d"}),
)
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
    "VPC": condition("StringEquals", "aws:SourceVpc", "vpc-0a1b2c3d"),
    "endpoints of own accounts": condition("StringEquals", "aws:VpceAccount", OWN),
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
    "another endpoint": condition("StringEquals", "aws:SourceVpce", "vpce-99999999"),
    "another VPC": condition("StringEquals", "aws:SourceVpc", "vpc-99999999"),
    "own table": condition("StringEquals", "aws:ResourceAccount", OWN),
    "own table's organisation": condition(
        "StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5"
    ),
    "a tag of the caller's": condition("StringEquals", "aws:PrincipalTag/team", "it"),
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


def with_deny(**more):
    """A policy that allows everybody to read, and has this Deny."""
    found = policy()
    deny = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:*"}
    deny = deny | {"Resource": TABLE} | more
    kept = {k: v for k, v in deny.items() if f"Not{k}" not in deny}
    found["Statement"].append(kept)
    return found


OTHERS = condition("StringNotEquals", "aws:PrincipalAccount", OWN)
TAKING_OUT = {
    "who is of another account": OTHERS,
    "who is of another organisation or of none": condition(
        "StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5"
    ),
    "who is no own role": condition(
        "ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"
    ),
    "who does not come through our endpoint": condition(
        "StringNotEquals", "aws:SourceVpce", "vpce-0a1b2c3d"
    ),
    "everybody": {},
    "everybody but us": {"NotPrincipal": {"AWS": f"arn:aws:iam::{OWN}:root"}},
    "every action on every resource": {"Action": "*", "Resource": "*", **OTHERS},
}


@pytest.mark.parametrize("whom", TAKING_OUT)
def test_a_deny_that_holds_for_every_stranger_takes_them_out(whom):
    """Whoever is left is trusted, however wide the Allow."""
    assert exposed(with_deny(**TAKING_OUT[whom]), TRUSTED) == frozenset()


LEAVING = {
    "a listed stranger": condition(
        "StringNotEquals", "aws:PrincipalAccount", OWN, STRANGER
    ),
    "who uses TLS": condition("Bool", "aws:SecureTransport", "false"),
    "who is of any organisation": condition("Null", "aws:PrincipalOrgID", "true"),
    "who has no path": condition(
        "ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"
    ),
    "who is not this one": condition("StringEquals", "aws:PrincipalAccount", STRANGER),
    "who comes from an address": condition(
        "NotIpAddress", "aws:SourceIp", "203.0.113.0/24"
    ),
    "whoever asks for what it leaves out": {"NotAction": "dynamodb:GetItem", **OTHERS},
    "who reads": {"Action": ["dynamodb:PutItem"], **OTHERS},
    "who reads the table": {"Resource": f"{TABLE}/index/*", **OTHERS},
    "everybody but one": {"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:role/app"}},
    "who meets one of two conditions": {
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": OWN},
            "Bool": {"aws:SecureTransport": "false"},
        }
    },
}


@pytest.mark.parametrize("whom", LEAVING)
def test_a_deny_that_a_stranger_escapes_takes_out_nobody(whom):
    """One stranger that is left is a finding."""
    found = exposed(with_deny(**LEAVING[whom]), TRUSTED)
    assert found == {"statement It lets in everyone"}


@pytest.mark.parametrize(
    "more",
    [
        condition("BoolIfExists", "aws:PrincipalIsAWSService", "false"),
        condition("StringEquals", "aws:SomethingNew", "x"),
        condition("StringNotEquals", "aws:SomethingNew", "x"),
    ],
)
def test_a_deny_that_is_not_understood_is_named(more):
    """It may take out every stranger, or some."""
    (operator,) = more["Condition"]
    with pytest.raises(NotAssessedError, match=operator):
        exposed(with_deny(**more), TRUSTED)


def test_an_allow_by_a_key_that_is_not_known_is_not_assessed():
    """It may keep strangers out."""
    unknown = condition("StringEquals", "aws:SomethingNew", "x")
    with pytest.raises(NotAssessedError, match="aws:somethingnew"):
        exposed(policy(**unknown), TRUSTED)
    assert exposed(policy({"AWS": OWN}, **unknown), TRUSTED) == frozenset()
