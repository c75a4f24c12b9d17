from dataclasses import replace

import pytest

from conformance.aws.iam_policy import policy
from tests.selftest.own_contract import own_declared, own_environment


@pytest.fixture
def on_files():
    """The statements about S3, for where the trail's data events are looked for."""

    def on_files(where):
        environment = own_environment("sit")
        declared = replace(own_declared(environment), trail_data_events=where)
        return [
            statement
            for statement in policy(environment, declared)["Statement"]
            if any(action.startswith("s3:") for action in statement["Action"])
        ]

    return on_files


def test_no_file_is_read_where_a_log_group_is_asked(on_files):
    """The shipped declaration looks in CloudWatch Logs: no right on S3 is needed."""
    assert on_files("log group") == []


def test_only_files_of_cloudtrail_are_read(on_files):
    """Of any bucket, what CloudTrail wrote of this account; never anything else."""
    files, listing = on_files("bucket")
    trail = "*AWSLogs/815856636111/CloudTrail/*"
    assert files["Action"] == ["s3:GetObject"]
    assert files["Resource"] == [f"arn:aws:s3:::*/{trail}"]
    assert listing["Action"] == ["s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": [trail]}}
