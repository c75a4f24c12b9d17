"""The hash of settings changes with a setting, and with nothing else."""

from datetime import UTC, datetime

import pytest

from conformance.aws.settings_digest import settings_digest

ALARM = {
    "AlarmName": "throttles",
    "Metrics": [{"Id": "e1", "Expression": "RATE(m1)"}],
    "StateValue": "OK",
    "StateUpdatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
}


def of_alarm(**changes):
    """Return the hash of an answer with one alarm, changed."""
    answer = {"MetricAlarms": [ALARM | changes], "ResponseMetadata": {"RequestId": "1"}}
    return settings_digest("cloudwatch", "DescribeAlarms", answer)


def test_a_setting_changes_the_hash():
    """However deep it stands, and whether it is added or removed."""
    other = [{"Id": "e1", "Expression": "RATE(m2)"}]
    hashes = {of_alarm(), of_alarm(Metrics=other), of_alarm(Period=60)}
    assert len(hashes) == 3
    assert all(len(found) == 16 for found in hashes)


@pytest.mark.parametrize(
    "changes",
    [
        {"StateValue": "ALARM"},
        {"StateUpdatedTimestamp": datetime(2026, 1, 2, tzinfo=UTC)},
        {"StateReason": "Threshold crossed"},
    ],
)
def test_states_and_times_do_not(changes):
    """They change although nobody changed a setting."""
    assert of_alarm(**changes) == of_alarm()


@pytest.mark.parametrize(
    ("service", "operation"),
    [("cloudwatch", "GetMetricData"), ("dynamodb", "GetItem"), ("dynamodb", "Query")],
)
def test_what_tells_no_setting_has_no_hash(service, operation):
    """Metrics tell what happened, and items are nobody's business."""
    assert settings_digest(service, operation, {"Item": {"id": {"S": "1"}}}) == ""
