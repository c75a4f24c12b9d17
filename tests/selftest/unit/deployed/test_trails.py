"""Where the data events of a table are delivered."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from conformance.aws.members import Members
from conformance.deployed.trails import DeployedTrails
from conformance.model.errors import NotAssessedError

OWN, OTHER = "111122223333", "999988887777"
TABLE = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders-sit"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
EVERY_TABLE = {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}


class Facts:
    """What CloudTrail says of one trail that logs all tables."""

    environment = SimpleNamespace(account=OWN)

    def __init__(self, **trail):
        """Keep the members of the trail."""
        arn = f"arn:aws:cloudtrail:eu-west-1:{OWN}:trail/all"
        known = {"TrailARN": arn, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": True}
        self.answers = {
            "DescribeTrails": {"trailList": [Members(known | trail)]},
            "GetTrailStatus": {"IsLogging": True, "LatestDeliveryTime": NOW},
            "GetEventSelectors": {"EventSelectors": [{"DataResources": [EVERY_TABLE]}]},
        }

    def read(self, *request, **_):
        """Return the answer to an operation."""
        return Members(self.answers[request[-1]])

    def answered_at(self, *_, **__):
        """Return the time of every answer."""
        return NOW


def trails(group):
    declared = SimpleNamespace(target=lambda _: 3600)
    facts = Facts(CloudWatchLogsLogGroupArn=group)
    return DeployedTrails(facts, "eu-west-1", declared)


def test_an_own_log_group_is_read():
    """Region and name are those of its ARN."""
    group = f"arn:aws:logs:eu-west-2:{OWN}:log-group:/aws/trail:*"
    assert list(trails(group).log_groups(TABLE)) == [("eu-west-2", "/aws/trail")]


def test_a_log_group_of_another_account_is_not_assessed():
    """What is delivered there cannot be read from here."""
    group = f"arn:aws:logs:eu-west-1:{OTHER}:log-group:/aws/trail:*"
    with pytest.raises(NotAssessedError, match=f"of account {OTHER}"):
        list(trails(group).log_groups(TABLE))
