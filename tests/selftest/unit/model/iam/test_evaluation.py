"""A document decides a request as IAM does, as far as both are known."""

import pytest

from conformance.model.iam.conditions import holds
from conformance.model.iam.evaluation import (
    ALLOWED,
    DELEGATED,
    DENIED,
    SILENT,
    UNKNOWN,
    Request,
    context_of,
    decide,
)
from conformance.model.iam.statements import Condition

OWN = "111122223333"
ROLE = f"arn:aws:iam::{OWN}:role/app"
TOPIC = f"arn:aws:sns:eu-west-1:{OWN}:alarms"
CONTEXT = context_of({"aws:SecureTransport": ["true"], "aws:PrincipalOrgID": []})
IDENTITY = Request("sns:Publish", TOPIC, account=OWN, context=CONTEXT)
REQUEST = Request("sns:Publish", TOPIC, frozenset({("AWS", ROLE)}), OWN, CONTEXT)
"""By the policy of a resource, which names principals."""


def statement(effect="Allow", **more):
    found = {"Effect": effect, "Action": "SNS:Publish", "Resource": TOPIC} | more
    return {k: v for k, v in found.items() if f"Not{k}" not in found}


def when(operator, key, *values):
    return {"Condition": {operator: {key: list(values)}}}


TLS = when("Bool", "aws:SecureTransport", True)
PLAIN = when("Bool", "aws:SecureTransport", "false")
OPEN = when("StringEquals", "aws:SourceVpce", "vpce-1")


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([], SILENT),
        ([statement()], ALLOWED),
        ([statement(), statement("Deny")], DENIED),
        ([statement(**TLS)], ALLOWED),
        ([statement(**PLAIN)], SILENT),
        ([statement(), statement("Deny", **PLAIN)], ALLOWED),
        ([statement(**OPEN)], UNKNOWN),
        ([statement(), statement(**OPEN)], ALLOWED),
        ([statement(), statement("Deny", **OPEN)], UNKNOWN),
        ([statement("Deny"), statement("Deny", **OPEN)], DENIED),
        ([statement(Principal={"AWS": ROLE})], ALLOWED),
        ([statement(Principal="*")], ALLOWED),
        ([statement(Principal={"AWS": OWN})], DELEGATED),
        ([statement(Principal={"AWS": f"arn:aws:iam::{OWN}:root"})], DELEGATED),
        ([statement(Principal={"AWS": "999988887777"})], SILENT),
        ([statement(Principal={"Service": "cloudwatch.amazonaws.com"})], SILENT),
        ([statement(), statement("Deny", Principal={"AWS": OWN})], DENIED),
        ([statement(), statement("Deny", NotPrincipal={"AWS": ROLE})], ALLOWED),
        ([statement(), statement("Deny", NotPrincipal={"AWS": "999"})], DENIED),
        ([statement(Resource=f"arn:aws:sns:*:{OWN}:*")], ALLOWED),
        ([statement(Resource=f"{TOPIC}?")], SILENT),
        ([statement(Action="sns:Pub?ish")], ALLOWED),
        ([statement(NotAction="sns:Publish")], SILENT),
        ([statement(NotResource="arn:aws:sns:*:*:others")], ALLOWED),
        ([statement(Resource="arn:aws:sns:*:*:${aws:PrincipalTag/topic}")], UNKNOWN),
    ],
)
def test_a_document_decides_a_request(statements, verdict):
    """A Deny outweighs an Allow, and what is not known leaves open what it decides."""
    named = [{"Principal": {"AWS": ROLE}} | found for found in statements]
    kept = [
        {k: v for k, v in found.items() if f"Not{k}" not in found} for found in named
    ]
    assert decide({"Statement": kept}, REQUEST).verdict == verdict


def test_a_policy_of_an_identity_names_nobody():
    """The same statement in the policy of a resource is about nobody."""
    assert decide({"Statement": statement()}, IDENTITY).verdict == ALLOWED
    assert decide({"Statement": statement("Deny")}, IDENTITY).verdict == DENIED
    assert decide({"Statement": statement()}, REQUEST).verdict == SILENT


def test_a_service_is_named_by_itself():
    """A topic that admits CloudWatch admits it, and no other service."""
    cloudwatch = ("Service", "cloudwatch.amazonaws.com")
    by = Request("sns:Publish", TOPIC, frozenset({cloudwatch}))
    admitting = statement(Principal={"Service": "cloudwatch.amazonaws.com"})
    assert decide({"Statement": admitting}, by).verdict == ALLOWED
    other = statement(Principal={"Service": "events.amazonaws.com"})
    assert decide({"Statement": other}, by).verdict == SILENT


def test_what_is_unknown_is_named():
    """The keys that decide are named, not those of other statements."""
    other = statement(Action="sns:Subscribe", **when("Null", "aws:Unrelated", "true"))
    found = decide({"Statement": [statement(**OPEN), other]}, IDENTITY)
    assert found.depends_on == {"aws:sourcevpce"}
    refused = decide({"Statement": [statement("Deny", **OPEN)]}, IDENTITY)
    assert not refused.may_allow
    strange = when("StringResembles", "aws:SecureTransport", "true")
    named = decide({"Statement": [statement(**strange)]}, IDENTITY).depends_on
    assert named == {"StringResembles aws:securetransport"}


KNOWN = context_of(
    {
        "name": ["app-1"],
        "many": ["a", "b"],
        "none": [],
        "at": ["2026-11-28T10:00:00Z"],
        "n": ["5"],
        "ip": ["10.1.2.3"],
    }
)


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "name", ["app-1", "x"], True),
        ("StringEquals", "name", ["APP-1"], False),
        ("StringEqualsIgnoreCase", "name", ["APP-1"], True),
        ("StringNotEquals", "name", ["x"], True),
        ("StringLike", "name", ["app-?"], True),
        ("StringNotLike", "name", ["app-*"], False),
        ("StringEquals", "none", ["x"], False),
        ("StringNotEquals", "none", ["x"], True),
        ("StringEqualsIfExists", "none", ["x"], True),
        ("ForAllValues:StringEquals", "none", ["x"], True),
        ("ForAnyValue:StringEquals", "none", ["x"], False),
        ("ForAnyValue:StringNotEquals", "none", ["x"], False),
        ("ForAllValues:StringEquals", "many", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "many", ["a"], False),
        ("ForAnyValue:StringEquals", "many", ["b"], True),
        ("Null", "none", ["true"], True),
        ("Null", "name", ["true"], False),
        ("Null", "unknown", ["true"], None),
        ("StringEquals", "unknown", ["x"], None),
        ("StringEquals", "name", ["${unknown}"], None),
        ("StringEquals", "name", ["${name}"], True),
        ("DateLessThan", "at", ["2026-11-28T11:00:00Z"], True),
        ("DateGreaterThan", "at", ["2026-11-29"], False),
        ("NumericLessThanEquals", "n", ["5"], True),
        ("NumericLessThan", "name", ["5"], None),
        ("IpAddress", "ip", ["10.0.0.0/8"], True),
        ("NotIpAddress", "ip", ["10.0.0.0/8"], False),
        ("StringResembles", "name", ["x"], None),
    ],
)
def test_conditions_hold_as_far_as_their_keys_are_known(
    operator, key, values, expected
):
    """A key without a value is absent; one that is not listed may be anything."""
    assert holds(Condition(operator, key, tuple(values)), KNOWN) is expected
