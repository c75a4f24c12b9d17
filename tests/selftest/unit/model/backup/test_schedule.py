"""Schedules, from Amazon EventBridge User Guide, "Cron expressions reference"."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from conformance.model.backup.schedule import (
    RefusedScheduleError,
    ScheduleError,
    read,
)

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
"""A Tuesday."""
YEARS = timedelta(days=4000)
HOUR = timedelta(hours=1)


def first(expression, count=3, timezone="UTC", since=NOW):
    runs = read(expression, timezone).runs(since, since + YEARS)
    return [run.strftime("%Y-%m-%d %H:%M") for run in islice(runs, count)]


# The examples of the page, with the runs that its column "Meaning" promises.
EXAMPLES = {
    "cron(0 10 * * ? *)": ["2026-03-10 10:00", "2026-03-11 10:00", "2026-03-12 10:00"],
    "cron(15 12 * * ? *)": ["2026-03-10 12:15", "2026-03-11 12:15", "2026-03-12 12:15"],
    "cron(0 18 ? * MON-FRI *)": [
        *["2026-03-10 18:00", "2026-03-11 18:00", "2026-03-12 18:00"],
        *["2026-03-13 18:00", "2026-03-16 18:00"],
    ],
    "cron(0 8 1 * ? *)": ["2026-04-01 08:00", "2026-05-01 08:00"],
    "cron(0/15 * * * ? *)": ["2026-03-10 09:45", "2026-03-10 10:00"],
    "cron(0/10 * ? * MON-FRI *)": ["2026-03-10 09:40", "2026-03-10 09:50"],
    "cron(0/30 20-2 ? * MON-FRI *)": [
        *["2026-03-10 20:00", "2026-03-10 20:30", "2026-03-10 21:00"],
        *["2026-03-10 21:30", "2026-03-10 22:00", "2026-03-10 22:30"],
        *["2026-03-10 23:00", "2026-03-10 23:30", "2026-03-11 00:00"],
        *["2026-03-11 00:30", "2026-03-11 01:00", "2026-03-11 01:30"],
        *["2026-03-11 02:00", "2026-03-11 02:30", "2026-03-11 20:00"],
    ],
    "cron(0/5 8-17 ? * MON-FRI *)": ["2026-03-10 09:35", "2026-03-10 09:40"],
}


@pytest.mark.parametrize("expression", EXAMPLES)
def test_the_documented_examples_run_when_they_say(expression):
    """Each example of the reference runs at the times of its meaning."""
    expected = EXAMPLES[expression]
    assert first(expression, len(expected)) == expected


WILDCARDS = {
    "1/10 is every tenth minute from the first": (
        "cron(1/10 10 * * ? *)",
        ["2026-03-10 10:01", "2026-03-10 10:11", "2026-03-10 10:21"],
    ),
    "L is the last day of the month": (
        "cron(0 0 L * ? *)",
        ["2026-03-31 00:00", "2026-04-30 00:00", "2026-05-31 00:00"],
    ),
    "L is the last day of the week, a Saturday": (
        "cron(0 0 ? * L *)",
        ["2026-03-14 00:00", "2026-03-21 00:00", "2026-03-28 00:00"],
    ),
    "6L is the last Friday of the month": (
        "cron(0 0 ? * 6L *)",
        ["2026-03-27 00:00", "2026-04-24 00:00", "2026-05-29 00:00"],
    ),
    "15W is the weekday closest to the 15th": (
        "cron(0 0 15W * ? *)",
        ["2026-03-16 00:00", "2026-04-15 00:00", "2026-05-15 00:00"],
    ),
    "1W does not leave its month": (
        "cron(0 0 1W 8 ? *)",
        ["2026-08-03 00:00", "2027-08-02 00:00", "2028-08-01 00:00"],
    ),
    "31W does not leave its month": (
        "cron(0 0 31W 5,10 ? *)",
        ["2026-05-29 00:00", "2026-10-30 00:00", "2027-05-31 00:00"],
    ),
    "3#2 is the second Tuesday": (
        "cron(0 0 ? * 3#2 *)",
        ["2026-04-14 00:00", "2026-05-12 00:00", "2026-06-09 00:00"],
    ),
    "TUE#5 is not in every month": (
        "cron(0 0 ? * TUE#5 *)",
        ["2026-03-31 00:00", "2026-06-30 00:00", "2026-09-29 00:00"],
    ),
    "JAN,FEB,MAR are three months": (
        "cron(0 0 20 JAN,FEB,MAR ? *)",
        ["2026-03-20 00:00", "2027-01-20 00:00", "2027-02-20 00:00"],
    ),
    "a year": ("cron(0 0 1 1 ? 2028,2030)", ["2028-01-01 00:00", "2030-01-01 00:00"]),
    "a leap day": ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00"]),
}


@pytest.mark.parametrize("what", WILDCARDS)
def test_wildcards_mean_what_the_reference_says(what):
    """Lists, ranges, steps, L, W and # select the documented days and times."""
    expression, expected = WILDCARDS[what]
    assert first(expression, len(expected)) == expected


def test_a_schedule_follows_the_clocks_of_its_time_zone():
    """10:00 in New York is 14:00 UTC in summer and 15:00 UTC in winter."""
    summer = first("cron(0 10 * * ? *)", 1, "America/New_York")
    before = datetime(2026, 11, 1, 20, tzinfo=UTC)
    winter = first("cron(0 10 * * ? *)", 1, "America/New_York", before)
    assert (summer, winter) == (["2026-03-10 14:00"], ["2026-11-02 15:00"])


def test_a_time_that_clocks_skip_has_no_run():
    """02:30 does not exist in New York on 8 March 2026."""
    since = datetime(2026, 3, 7, 12, tzinfo=UTC)
    runs = first("cron(30 2 * * ? *)", 2, "America/New_York", since)
    assert runs == ["2026-03-09 06:30", "2026-03-10 06:30"]


PAUSES = {
    ("cron(0 * ? * * *)", "UTC"): HOUR,
    ("cron(0 0/1 * * ? *)", "Etc/UTC"): HOUR,
    ("cron(15 0-23 ? * SUN-SAT *)", "Africa/Johannesburg"): HOUR,
    ("cron(30 * ? * * *)", "Asia/Kolkata"): HOUR,
    ("cron(0 * ? * * *)", "Europe/Dublin"): HOUR,
    ("cron(0 * ? * * *)", "America/New_York"): HOUR,
    ("cron(0/30 * ? * * *)", "UTC"): HOUR / 2,
    ("cron(0 0/2 ? * * *)", "UTC"): 2 * HOUR,
    ("cron(0 1-23 ? * * *)", "UTC"): 2 * HOUR,
    ("cron(0 * ? * MON-FRI *)", "UTC"): 49 * HOUR,
    ("cron(0 * 1-30 * ? *)", "UTC"): 25 * HOUR,
    ("cron(0 5-3 ? * * *)", "UTC"): 2 * HOUR,
    ("cron(0 5-4 ? * * *)", "UTC"): HOUR,
    ("cron(0 5 ? * * *)", "UTC"): 24 * HOUR,
}


@pytest.mark.parametrize("expression", PAUSES)
def test_the_longest_pause_is_found(expression):
    """A schedule is as often as its longest pause in a year, and no more often."""
    assert read(*expression).longest_pause(NOW) == PAUSES[expression]


def test_a_schedule_that_ends_pauses_from_its_end():
    """Hourly until the end of 2026 is not hourly."""
    pause = read("cron(0 * ? * * 2026)").longest_pause(NOW)
    assert pause > timedelta(days=60)


REFUSED = {
    "a list of minutes": "cron(0,30 * ? * * *)",
    "a step": "cron(0/30 * ? * * *)",
    "a range": "cron(0-1 5 ? * * *)",
    "every minute": "cron(* * ? * * *)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_less_than_an_hour_is_refused(what):
    """AWS Backup runs a rule once an hour at most."""
    assert "once an hour" in read(REFUSED[what]).refusal


def test_an_hour_is_taken():
    """One minute of any hours is a schedule of AWS Backup."""
    assert read("cron(0/60 0-11,12-23 ? * * *)").refusal == ""


@pytest.mark.parametrize("rate", ["rate(1 hour)", "rate(60 minutes)", "rate(hour)"])
def test_a_rate_is_refused(rate):
    """AWS Backup takes cron expressions alone, however long the rate is."""
    with pytest.raises(RefusedScheduleError, match="cron expressions alone"):
        read(rate)


WRONG = [
    "0 * ? * * *",
    "cron(0 * ? * *)",
    "cron(0 * * * * *)",
    "cron(0 * ? * ? *)",
    "cron(60 * ? * * *)",
    "cron(0 24 ? * * *)",
    "cron(0 * 32 * ? *)",
    "cron(0 * ? * 8 *)",
    "cron(0 * ? * 3#6 *)",
    "cron(0 * ? FEBR * *)",
    "cron(0 0/0 ? * * *)",
    "cron(x * ? * * *)",
    "every(1 hour)",
    "",
]


@pytest.mark.parametrize("expression", WRONG)
def test_what_is_not_documented_is_not_guessed(expression):
    """An expression outside the reference has no meaning."""
    with pytest.raises(ScheduleError):
        read(expression)


def test_an_unknown_time_zone_is_not_taken_for_utc():
    """A time zone that does not exist is an error."""
    with pytest.raises(ScheduleError, match="Mars/Olympus"):
        read("cron(0 * ? * * *)", "Mars/Olympus")
