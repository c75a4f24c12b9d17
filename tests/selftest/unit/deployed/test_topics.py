"""The topics of a region."""

from conformance.deployed.topics import DeployedTopics
from tests.selftest.own_contract import own_declared, own_environment


class _Untouched:
    """Facts that must not be asked for."""

    environment = own_environment("prod")


def test_a_topic_of_another_region_tells_nobody():
    """CloudWatch refuses it today; an alarm that has it all the same is named."""
    declared = own_declared(_Untouched.environment).monitoring
    topics = DeployedTopics(_Untouched(), "af-south-1", declared)
    name = declared.topics["devops"]
    elsewhere = f"arn:aws:sns:eu-west-1:{_Untouched.environment.account}:{name}"
    told = topics.reached(elsewhere, name)
    assert told == "tells a topic of eu-west-1, not of af-south-1"
