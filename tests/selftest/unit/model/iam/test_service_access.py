"""May a service publish to a topic, by the topic's policy?"""

import pytest

from conformance.model.errors import DoubtError
from conformance.model.iam.service_access import refusal
from conformance.model.sns.publisher import (
    alarm_publisher,
    anomaly_publisher,
    budget_publisher,
)

OWN, OTHER = "111122223333", "999900001111"
ORGANISATION = "o-a1b2c3d4e5"
TOPIC = f"arn:aws:sns:eu-west-1:{OWN}:alerts"
ALARM = f"arn:aws:cloudwatch:eu-west-1:{OWN}:alarm:too many [5xx] errors"
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
ROOT = {"AWS": f"arn:aws:iam::{OWN}:root"}


def allow(principal=CLOUDWATCH, action="sns:Publish", **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return statement | {"Resource": TOPIC, "Condition": condition}


def deny(principal="*", **condition):
    return allow(principal, "sns:*", **condition) | {"Effect": "Deny"}


DEFAULT = allow({"AWS": "*"}, StringEquals={"AWS:SourceOwner": OWN})
ALARMS = f"arn:aws:cloudwatch:eu-west-1:{OWN}:alarm:*"
ADMITTED = {
    "the default policy": [DEFAULT],
    "the service": [allow()],
    "one of several services": [
        allow({"Service": ["events.amazonaws.com", CLOUDWATCH["Service"]]})
    ],
    "a pattern of actions in capital letters": [allow(action=["SNS:P*"])],
    "the own account": [allow(StringEquals={"aws:SourceAccount": [OWN, OTHER]})],
    "an account like the own": [allow(StringLike={"aws:SourceAccount": "1111*"})],
    "the own alarms": [allow(ArnLike={"aws:SourceArn": ALARMS})],
    "one alarm, by ArnEquals": [allow(ArnEquals={"aws:SourceArn": ALARM})],
    "TLS alone": [allow(Bool={"aws:SecureTransport": "true"})],
    "another organisation, if there is one": [
        allow(StringEqualsIfExists={"aws:PrincipalOrgID": ORGANISATION})
    ],
    "a deny without TLS": [allow(), deny(Bool={"aws:SecureTransport": "false"})],
    "a deny of other accounts": [
        allow(),
        deny(StringNotEquals={"aws:SourceAccount": OWN}),
    ],
    "a deny of strangers that spares services": [
        allow(),
        deny(
            StringNotEquals={"aws:PrincipalOrgID": ORGANISATION},
            BoolIfExists={"aws:PrincipalIsAWSService": "false"},
        ),
    ],
    "a deny of all but the service": [
        allow(),
        {"Effect": "Deny", "NotPrincipal": CLOUDWATCH, "Action": "*", "Resource": "*"},
    ],
    "a deny of another action": [allow(), deny() | {"Action": "sns:Subscribe"}],
    "a deny of all other actions": [
        allow(),
        {"Effect": "Deny", "Principal": "*", "NotAction": "sns:*", "Resource": "*"},
    ],
    "a deny of requests without a source": [
        allow(),
        deny(Null={"aws:SourceArn": "true"}),
    ],
}
REFUSED = {
    "another service": [allow({"Service": "events.amazonaws.com"})],
    "another action": [allow(action="sns:Subscribe")],
    "another topic": [allow() | {"Resource": f"{TOPIC}-old"}],
    "another account": [allow(StringEquals={"aws:SourceAccount": OTHER})],
    "alarms of another region": [
        allow(ArnLike={"aws:SourceArn": f"arn:aws:cloudwatch:eu-west-2:{OWN}:alarm:*"})
    ],
    "another alarm": [allow(ArnEquals={"aws:SourceArn": f"{ALARMS[:-1]}other"})],
    "an organisation, to which no service belongs": [
        allow({"AWS": "*"}, StringEquals={"aws:PrincipalOrgID": ORGANISATION})
    ],
    "a VPC endpoint": [allow(StringEquals={"aws:SourceVpce": "vpce-1"})],
    "a role": [allow({"AWS": f"arn:aws:iam::{OWN}:role/alarms"})],
    "a deny of the service": [allow(), deny(CLOUDWATCH)],
    "a deny of everybody outside the organisation": [
        allow(),
        deny(StringNotEquals={"aws:PrincipalOrgID": ORGANISATION}),
    ],
    "a deny of all but a role": [
        allow(),
        {"Effect": "Deny", "NotPrincipal": ROOT, "Action": "*", "Resource": "*"},
    ],
    "the owner of another topic": [
        allow({"AWS": "*"}, StringEquals={"AWS:SourceOwner": OTHER})
    ],
}
UNCLEAR = {
    "the account itself": [allow(ROOT)],
    "its own organisation": [allow(StringEquals={"aws:SourceOrgID": ORGANISATION})],
    "an address": [allow(IpAddress={"aws:SourceIp": "203.0.113.0/24"})],
    "a variable": [allow(StringEquals={"aws:SourceAccount": "${aws:x}"})],
    "a key that nobody knows": [allow(), deny(StringEquals={"aws:New": "1"})],
    "an operator that nobody knows": [allow(DateLess={"aws:SourceArn": "1"})],
}


def _refusal(statements, publisher=None):
    publisher = publisher or alarm_publisher(ALARM)
    return refusal({"Statement": statements}, publisher.publishes(TOPIC))


@pytest.mark.parametrize("which", ADMITTED)
def test_cloudwatch_is_admitted(which):
    """An ordinary policy, with or without conditions, lets an alarm publish."""
    assert _refusal(ADMITTED[which]) == ""


@pytest.mark.parametrize("which", REFUSED)
def test_cloudwatch_is_refused(which):
    """A policy without an Allow that holds, or with a Deny that does, refuses it."""
    assert "cloudwatch.amazonaws.com sns:Publish" in _refusal(REFUSED[which])


@pytest.mark.parametrize("which", UNCLEAR)
def test_what_depends_on_something_unknown_is_not_understood(which):
    """The statement is named on which the answer depends."""
    with pytest.raises(DoubtError, match=r"statement \d: "):
        _refusal(UNCLEAR[which])


def test_a_doubtful_allow_beside_a_certain_one_does_not_matter():
    """One Allow that holds is enough, and one Deny that holds, too."""
    assert _refusal([*UNCLEAR["an address"], allow()]) == ""
    assert _refusal([*UNCLEAR["an address"], deny()]) != ""


@pytest.mark.parametrize(
    "publisher",
    [
        budget_publisher(OWN, "tables"),
        anomaly_publisher(OWN, f"arn:aws:ce::{OWN}:anomalysubscription/1"),
    ],
)
def test_the_default_policy_does_not_admit_cost_alerts(publisher):
    """They need a statement of their own, which may name account and source."""
    assert _refusal([DEFAULT], publisher) != ""
    assert _refusal([allow(ROOT)], publisher) != ""
    condition = {
        "StringEquals": {"aws:SourceAccount": OWN},
        "ArnLike": {"aws:SourceArn": f"arn:aws:*::{OWN}:*"},
    }
    own = allow({"Service": publisher.service}, **condition)
    assert _refusal([DEFAULT, own], publisher) == ""
