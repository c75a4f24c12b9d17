"""The trail of an organization, as its accounts see it."""

import pytest
from botocore.exceptions import ClientError

MANAGEMENT = "999900001111"


@pytest.fixture
def members(control, account):
    """Make the test's account a member of the organization."""
    control("settings", {"trail": {"members": [account]}})
    yield
    control("settings", {"trail": {"members": []}})


@pytest.fixture
def shared(client):
    """Make the management account's trail for the organization; return its ARN."""
    s3 = client("s3", account=MANAGEMENT)
    here = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="organization-trail", CreateBucketConfiguration=here)
    manager = client("cloudtrail", account=MANAGEMENT)
    made = manager.create_trail(
        Name="organization",
        S3BucketName="organization-trail",
        IsMultiRegionTrail=True,
        IsOrganizationTrail=True,
    )
    manager.start_logging(Name="organization")
    return made["TrailARN"]


@pytest.mark.usefixtures("members")
def test_a_member_lists_the_trail_and_may_not_read_it(client, account, shared):
    """Its status is shown, and its event selectors are refused.

    CloudTrail User Guide, "Creating a trail for an organization".
    """
    member = client("cloudtrail", account=account)
    listed = member.describe_trails()["trailList"]
    assert [trail["TrailARN"] for trail in listed] == [shared]
    assert member.get_trail_status(Name=shared)["IsLogging"]
    with pytest.raises(ClientError, match="CloudTrailARNInvalidException"):
        member.get_event_selectors(TrailName=shared)
    manager = client("cloudtrail", account=MANAGEMENT)
    assert manager.get_event_selectors(TrailName=shared)["EventSelectors"]
