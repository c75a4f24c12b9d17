"""A recording of a conforming environment is judged as the environment was."""

import pytest

from tests.selftest.twins.recorded_env import ASKS_NOBODY

OPEN = {
    "sit": {"ENC-4"},
    "prod": {"ENC-4", "COS-1"},  # no price is known in one of its regions
}


@pytest.mark.parametrize("name", OPEN)
def test_a_conforming_environment_conforms_in_a_replay(request, name):
    """All that reads passes; what does more says that nobody is asked."""
    findings = request.getfixturevalue(name).judged_conforming.values()
    decided = [it for it in findings if it["outcome"] != "NOT_ASSESSED"]
    open_ = [it for it in findings if it["outcome"] == "NOT_ASSESSED"]
    others = {it["criterion"] for it in open_ if ASKS_NOBODY not in it["reason"]}
    assert {it["outcome"] for it in decided} == {"PASS", "NOT_APPLICABLE"}
    assert others == OPEN[name]
