from datetime import datetime
from itertools import islice, pairwise

import pytest
from botocore.exceptions import ClientError

from aws_standin.backup.schedule_expression import ScheduleError, due_times, parse


def due(expression, count, timezone="UTC", after="2026-01-01T00:00:00+00:00"):
    """Return the next due times as text, in UTC."""
    start = datetime.fromisoformat(after)
    times = due_times(parse(expression, timezone), start)
    return [f"{one:%Y-%m-%d %H:%M}" for one in islice(times, count)]


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        # The examples of the page, with what it says of each.
        ("cron(0 10 * * ? *)", ["2026-01-01 10:00", "2026-01-02 10:00"]),
        ("cron(15 12 * * ? *)", ["2026-01-01 12:15", "2026-01-02 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-01-01 18:00", "2026-01-02 18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-01-01 08:00", "2026-02-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-01-01 00:15", "2026-01-01 00:30"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", ["2026-01-01 00:30", "2026-01-01 01:00"]),
        ("cron(0 9 ? * 2#1 *)", ["2026-01-05 09:00", "2026-02-02 09:00"]),
        ("cron(0 5 ? * 6L 2026)", ["2026-01-30 05:00", "2026-02-27 05:00"]),
        ("cron(0 0 3W * ? *)", ["2026-01-02 00:00", "2026-02-03 00:00"]),
        ("cron(0 0 L * ? *)", ["2026-01-31 00:00", "2026-02-28 00:00"]),
        ("cron(0 0 LW * ? *)", ["2026-01-30 00:00", "2026-02-27 00:00"]),
        ("cron(30 6 1,15 JAN,JUN ? *)", ["2026-01-01 06:30", "2026-01-15 06:30"]),
        ("cron(0 0 ? * SAT-SUN *)", ["2026-01-03 00:00", "2026-01-04 00:00"]),
        ("cron(0 12 ? * L *)", ["2026-01-03 12:00", "2026-01-10 12:00"]),
        ("cron(0 0 29 FEB ? *)", ["2028-02-29 00:00", "2032-02-29 00:00"]),
    ],
)
def test_expressions_are_due_when_the_page_says(expression, times):
    """Six fields with lists, ranges, steps, names, L, W and # are due as documented.

    Source: Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled
    rules" (cron reference: fields, wildcards, examples).
    """
    assert due(expression, len(times)) == times


def test_times_are_local_to_the_time_zone():
    """ScheduleExpressionTimezone is the zone in which the expression is set.

    Source: botocore model, BackupRule.ScheduleExpressionTimezone.
    """
    times = due("cron(0 5 ? * * *)", 1, "Africa/Johannesburg")

    assert times == ["2026-01-01 03:00"]


def test_a_time_that_the_clocks_skip_is_not_due():
    """A cron time that falls into the hour that is skipped in spring is left out.

    Source: Amazon EventBridge Scheduler User Guide, "Daylight savings time".
    """
    times = due("cron(30 2 ? * * *)", 2, "Europe/Paris", "2026-03-28T00:00:00+00:00")

    assert times == ["2026-03-28 01:30", "2026-03-30 00:30"]


def test_a_time_that_comes_twice_is_due_once():
    """A cron time in the hour that comes twice in autumn is due once.

    Source: Amazon EventBridge Scheduler User Guide, "Daylight savings time".
    """
    times = due("cron(30 2 ? * * *)", 2, "Europe/Paris", "2026-10-24T12:00:00+00:00")

    assert times == ["2026-10-25 00:30", "2026-10-26 01:30"]


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 5 * * *)",
        "cron(0 5 * * * *)",
        "cron(0 5 ? * ? *)",
        "cron(60 * ? * * *)",
        "cron(0 24 ? * * *)",
        "cron(0 5 32 * ? *)",
        "cron(0 5 ? * XYZ *)",
        "cron(*/0 * ? * * *)",
        "rate(1 hour)",
        "rate(60 minutes)",
        "every hour",
    ],
)
def test_an_invalid_expression_is_refused(expression):
    """One of day-of-month and day-of-week must be ?; values stay in their ranges.

    A rate is none either: BackupRule's ScheduleExpression is a CRON expression.
    Source: Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled
    rules" (cron: restrictions); botocore model, BackupRule.ScheduleExpression.
    """
    with pytest.raises(ScheduleError):
        parse(expression)


def test_a_plan_previews_its_next_runs(place):
    """GetBackupPlan lists as many future runs as asked for, by time.

    Source: botocore model, GetBackupPlan.MaxScheduledRunsPreview.
    """
    place.vault()
    place.table()
    plan = place.hourly({"Resources": ["*"]})

    shown = place.backup.get_backup_plan(BackupPlanId=plan, MaxScheduledRunsPreview=3)

    times = [one["ExecutionTime"] for one in shown["ScheduledRunsPreview"]]
    assert [one.minute for one in times] == [0, 0, 0]
    assert {(b - a).seconds for a, b in pairwise(times)} == {3600}


def test_backups_more_often_than_hourly_are_refused(place):
    """A rule can be scheduled as frequently as hourly, and no more often.

    Source: AWS Backup Developer Guide, "Backup plan options and configuration"
    (Backup frequency).
    """
    with pytest.raises(ClientError, match="Error in rule every-hour") as refusal:
        place.hourly({"Resources": ["*"]}, ScheduleExpression="cron(0/30 * ? * * *)")

    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValueException"
