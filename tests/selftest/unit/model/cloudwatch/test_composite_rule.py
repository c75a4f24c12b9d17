"""The rules of composite alarms."""

import pytest

from conformance.model.cloudwatch.composite_rule import composite_rule
from conformance.model.errors import DoubtError

# A rule; what raises it for sure; what raises it while all others are OK.
RULES = {
    """ALARM("a b") OR ALARM(c) OR ALARM('d')""": ("a b|c|d", "a b|c|d"),
    "(ALARM(a) OR ALARM(b))": ("a|b", "a|b"),
    "ALARM(a) OR (ALARM(b) AND TRUE)": ("a|b", "a|b"),
    "ALARM(a) AND ALARM(b)": ("", ""),
    "ALARM(a) AND NOT ALARM(maintenance)": ("", "a"),
    "(ALARM(a) OR ALARM(b)) AND OK(network)": ("", "a|b"),
    "NOT OK(a)": ("a", "a"),
    "NOT ALARM(a)": ("", ""),
    "NOT (NOT ALARM(a) AND NOT ALARM(b))": ("a|b", "a|b"),
    "ALARM(a) AND FALSE": ("", ""),
    "INSUFFICIENT_DATA(a)": ("", ""),
}


def names(text):
    return frozenset(filter(None, text.split("|")))


@pytest.mark.parametrize("text", RULES)
def test_a_composite_is_raised_by_its_children(text):
    """Some alarms raise it in any case, others only while nothing else is wrong."""
    surely, alone = map(names, RULES[text])
    rule = composite_rule(text)
    assert rule.raised_by == surely
    assert {name for name in rule.names if rule.holds(frozenset({name}))} == alone


@pytest.mark.parametrize(
    "text", ["ALARM(a", "AT_LEAST(2, ALARM, (a, b, c))", "ALARM(a) XOR ALARM(b)", ""]
)
def test_another_rule_is_not_understood(text):
    """Whatever has another form may mean anything."""
    with pytest.raises(DoubtError):
        composite_rule(text)
