"""What the policy of a VPC endpoint lets through."""

import pytest

from conformance.model.errors import NotAssessedError
from conformance.model.iam.passage import open_passages
from conformance.model.iam.strangers import Trusted

OWN, ENDPOINT = "111122223333", "vpce-0a1b2c3d"
TRUSTED = Trusted(frozenset({OWN}), frozenset({"o-a1b2c3d4e5"}), frozenset({ENDPOINT}))
TABLE = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders-sit"


def statement(effect="Allow", **more):
    found = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"} | more
    return {k: v for k, v in found.items() if f"Not{k}" not in found}


def when(operator, key, *values):
    return {"Condition": {operator: {key: list(values)}}}


SHUT = {
    "named tables": [statement(Resource=[TABLE, f"{TABLE}/index/*"])],
    "all own tables": [statement(Resource=f"arn:aws:dynamodb:*:{OWN}:table/*")],
    "own tables": [statement(**when("StringEquals", "aws:ResourceAccount", OWN))],
    "tables of the organisation": [
        statement(**when("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5"))
    ],
    "own callers": [statement(**when("StringEquals", "aws:PrincipalAccount", OWN))],
    "own principals": [statement(Principal={"AWS": f"arn:aws:iam::{OWN}:root"})],
    "a Deny for others' callers": [
        statement(),
        statement("Deny", **when("StringNotEquals", "aws:PrincipalAccount", OWN)),
    ],
    "a Deny for others' tables": [
        statement(),
        statement("Deny", **when("StringNotEquals", "aws:ResourceAccount", OWN)),
    ],
    "a Deny for all other tables": [statement(), statement("Deny", NotResource=TABLE)],
    "a Deny alone": [statement("Deny")],
}


@pytest.mark.parametrize("what", SHUT)
def test_a_policy_that_says_whose_callers_or_tables_is_not_open(what):
    """One of the two is enough."""
    assert open_passages({"Statement": SHUT[what]}, TRUSTED) == frozenset()


OPEN = {
    "AWS's own policy": [statement()],
    "reads of everybody's": [statement(Action="dynamodb:GetItem")],
    "a table of any account": [
        statement(Resource="arn:aws:dynamodb:eu-west-1:*:table/orders-sit")
    ],
    "every table but one": [statement(NotResource=TABLE)],
    "over TLS": [statement(**when("Bool", "aws:SecureTransport", "true"))],
    "through itself": [statement(**when("StringEquals", "aws:SourceVpce", ENDPOINT))],
    "another account's tables": [
        statement(**when("StringEquals", "aws:ResourceAccount", OWN, "999988887777"))
    ],
    "a Deny without TLS": [
        statement(),
        statement("Deny", **when("Bool", "aws:SecureTransport", "false")),
    ],
    "a Deny of deletion": [
        statement(),
        statement("Deny", Action="dynamodb:DeleteTable"),
    ],
    "a Deny for one role": [
        statement(),
        statement("Deny", Principal={"AWS": f"arn:aws:iam::{OWN}:role/app"}),
    ],
}


@pytest.mark.parametrize("what", OPEN)
def test_a_policy_that_lets_anything_of_anybodys_through_is_open(what):
    """The statement that allows it is named."""
    found = open_passages({"Statement": OPEN[what]}, TRUSTED)
    assert found == {"statement 1 lets anything through"}


def test_a_condition_that_is_not_understood_is_named():
    """It may keep others out."""
    policy = statement(**when("StringEquals", "aws:SomethingNew", "x"))
    with pytest.raises(NotAssessedError, match="aws:somethingnew"):
        open_passages({"Statement": policy}, TRUSTED)
