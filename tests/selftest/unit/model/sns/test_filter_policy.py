"""Filter policies of subscriptions, on the messages of alarms."""

import pytest

from conformance.model.errors import DoubtError
from conformance.model.sns.filter_policy import ATTRIBUTES, BODY, passes

ALARM = {"AlarmName": "users: errors", "NewStateValue": "ALARM"}
STATE = "NewStateValue"


@pytest.mark.parametrize(
    ("scope", "policy"),
    [
        (ATTRIBUTES, {}),
        (ATTRIBUTES, {"kind": [{"exists": False}]}),
        (BODY, {STATE: ["ALARM"]}),
        (BODY, {STATE: ["OK", "ALARM"], "AlarmName": [{"prefix": "users"}]}),
        (BODY, {STATE: [{"anything-but": "OK"}]}),
        (BODY, {STATE: [{"anything-but": ["OK", "INSUFFICIENT_DATA"]}]}),
        (BODY, {STATE: [{"equals-ignore-case": "alarm"}]}),
        (BODY, {"AlarmName": [{"exists": True}]}),
        (BODY, {"AlarmName": [{"wildcard": "a*"}, {"suffix": "errors"}]}),
    ],
)
def test_a_filter_lets_alarms_pass(scope, policy):
    """Every key of the policy has a rule that fits the message."""
    assert passes(policy, scope, ALARM)


@pytest.mark.parametrize(
    ("scope", "policy"),
    [
        (ATTRIBUTES, {STATE: ["ALARM"]}),
        (ATTRIBUTES, {"kind": [{"exists": True}]}),
        (BODY, {STATE: ["OK"]}),
        (BODY, {STATE: ["ALARM"], "AlarmName": [{"prefix": "orders"}]}),
        (BODY, {STATE: [{"anything-but": {"prefix": "ALA"}}]}),
        (BODY, {"AlarmName": [{"exists": False}]}),
    ],
)
def test_a_filter_drops_alarms(scope, policy):
    """An alarm has no attributes; a key of its body that does not fit drops it."""
    assert not passes(policy, scope, ALARM)


@pytest.mark.parametrize(
    ("scope", "policy", "body"),
    [
        (BODY, {"Trigger": {"MetricName": ["x"]}}, ALARM),
        (BODY, {"AlarmName": [{"wildcard": "*x"}]}, ALARM),
        (BODY, {"AlarmName": [{"prefix": "a", "suffix": "b"}]}, ALARM),
        (ATTRIBUTES, {"$or": [{"a": ["b"]}, {"c": ["d"]}]}, ALARM),
        ("Headers", {"a": ["b"]}, ALARM),
        (ATTRIBUTES, {"a": [{"exists": False}]}, None),
    ],
)
def test_another_filter_is_not_understood(scope, policy, body):
    """Keys, rules and messages that nobody knows decide nothing."""
    with pytest.raises(DoubtError):
        passes(policy, scope, body)
