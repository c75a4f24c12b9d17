"""Point-in-time recovery: when it is on, and its window."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from tests.dynamodb.restorable_table import START, at, dynamodb, recovery, source

__all__ = ["at", "dynamodb", "source"]


def window(dynamodb, name):
    answer = dynamodb.describe_continuous_backups(TableName=name)
    one = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return one["EarliestRestorableDateTime"], one["LatestRestorableDateTime"]


def test_recovery_is_off_at_first(dynamodb, name):
    """Point-in-time recovery is off unless enabled; continuous backups are ENABLED.

    API_DescribeContinuousBackups: "ENABLED on all tables at table creation".
    """
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )

    answer = dynamodb.describe_continuous_backups(TableName=name)

    assert answer["ContinuousBackupsDescription"] == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }


def test_the_window_moves_with_time(dynamodb, source, at, control):
    """It begins when recovery is enabled and ends some minutes ago.

    API_PointInTimeRecoveryDescription: LatestRestorableDateTime "is typically 5
    minutes before the current time".
    """
    control("settings", {"dynamodb": {"latest_restorable_delay": 300}})

    at(3600)

    assert window(dynamodb, source) == (START, START + timedelta(seconds=3300))


def test_the_window_is_not_longer_than_the_period(dynamodb, source, at):
    """RecoveryPeriodInDays bounds the window (API_PointInTimeRecoverySpecification)."""
    recovery(dynamodb, source, PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=7)

    now = at(30 * 86400)

    assert window(dynamodb, source) == (now - timedelta(days=7), now)


def test_a_longer_period_brings_nothing_back(dynamodb, source, at):
    """What was dropped under the shorter period stays away; the window grows again."""
    recovery(dynamodb, source, PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=7)
    lengthened = at(30 * 86400)
    recovery(dynamodb, source, PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=35)

    now = at(40 * 86400)

    assert window(dynamodb, source) == (lengthened - timedelta(days=7), now)


def test_the_period_is_35_days_unless_said(dynamodb, source):
    """The default is 35 days (API_PointInTimeRecoverySpecification)."""
    answer = recovery(dynamodb, source, PointInTimeRecoveryEnabled=True)

    assert answer["RecoveryPeriodInDays"] == 35


@pytest.mark.parametrize("days", [0, 36])
def test_a_period_outside_of_1_to_35_days_is_refused(dynamodb, source, days):
    """Valid range: 1 to 35 (API_PointInTimeRecoverySpecification)."""
    with pytest.raises((ClientError, ParamValidationError), match="ecoveryPeriod"):
        recovery(
            dynamodb,
            source,
            PointInTimeRecoveryEnabled=True,
            RecoveryPeriodInDays=days,
        )


def test_switching_off_and_on_begins_a_new_window(dynamodb, source, at):
    """Disabling and enabling again resets the start ("How it works")."""
    at(3600)
    recovery(dynamodb, source, PointInTimeRecoveryEnabled=False)
    now = at(7200)
    recovery(dynamodb, source, PointInTimeRecoveryEnabled=True)

    assert window(dynamodb, source)[0] == now
