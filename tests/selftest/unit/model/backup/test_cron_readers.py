"""The suite's reader of schedules and the stand-in's: where they disagree, and why.

Neither imports the other, so that a mistake of one does not become the other's. What
AWS documents, both read alike. The disagreements below are what it does not document.
"""

from datetime import UTC, datetime, timedelta

import pytest

from aws_standin.backup import schedule_expression as standin
from conformance.model.backup import schedule as suite

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=800)
REFUSED = "refused"

MINUTES = [
    *["0", "5", "0,30", "0/15", "*", "7-9", "59-1", "*/10", "1/10", "0-10/5"],
    *["60", "x", "5/0", "*-5", "-5", "5-", "?", "L", "", ",", "0,", "*/*"],
]
HOURS = ["*", "5", "0/2", "5-3", "*/3", "24", "MON"]
MONTH_DAYS = [
    *["?", "*", "1", "1,15", "1/7", "1-5", "20-2", "L", "1W", "15W", "28W"],
    *["0", "32", "0W", "32W", "W", "3W,5", "L,1"],
]
WEEK_DAYS = [
    *["?", "*", "1", "MON", "mon", "MON-FRI", "FRI-MON", "1/2", "7-1", "MON,3"],
    *["L", "6L", "FRIL", "3#2", "3#5", "MON#1", "mon#1"],
    *["0", "8", "0L", "8L", "0#1", "8#1", "3#6", "#2", "3#", "MON,3#2", "2L,3L", "X"],
]
MONTHS = ["*", "2", "JAN", "jan", "JAN-MAR", "2/3", "13", "FEBR"]
YEARS = ["*", "2026", "2026/2", "2026-2027", "1969", "2200"]
EXPRESSIONS = [
    *(f"cron({minute} 5 ? * 2 *)" for minute in MINUTES),
    *(f"cron(0 {hour} ? * 2 *)" for hour in HOURS),
    *(f"cron(0 5 {day} * ? *)" for day in MONTH_DAYS),
    *(f"cron(0 5 ? * {day} *)" for day in WEEK_DAYS),
    *(f"cron(0 5 1 {month} ? *)" for month in MONTHS),
    *(f"cron(0 5 1 * ? {year})" for year in YEARS),
    *["every", "cron()", "0 5 ? * 2 *", "cron(0 5 ? * 2 *", "cron (0 5 ? * 2 *)"],
    *["CRON(0 5 ? * 2 *)", " cron(0  5 ? * 2 *) ", "cron(0 5 1 * 2 *)"],
    *["rate(1 hour)", "rate(60 minutes)", "every hour"],
]


def of_suite(expression, zone="UTC"):
    """Return the runs that the suite reads."""
    try:
        return list(suite.read(expression, zone).runs(SINCE, UNTIL))
    except (suite.ScheduleError, suite.RefusedScheduleError):
        return REFUSED


def of_standin(expression, zone="UTC"):
    """Return the runs that the stand-in makes."""
    try:
        schedule = standin.parse(expression, zone)
    except standin.ScheduleError:
        return REFUSED
    return [due for due in standin.due_between(schedule, SINCE, UNTIL) if due < UNTIL]


@pytest.mark.parametrize("expression", sorted(set(EXPRESSIONS)))
def test_both_readers_agree_on_what_is_documented(expression):
    """Fields, lists, ranges, steps, names, L, W and # mean the same to both."""
    assert of_suite(expression) == of_standin(expression)


@pytest.mark.parametrize(
    "zone", ["Africa/Johannesburg", "Asia/Kolkata", "No/Zone", "../x"]
)
def test_both_readers_agree_on_zones_without_changes(zone):
    """A zone whose clocks do not change is nothing but an offset."""
    hourly = "cron(30 * ? * * *)"
    assert of_suite(hourly, zone) == of_standin(hourly, zone)


@pytest.mark.parametrize("field", ["LW", "L-3"])
def test_days_counted_from_the_end_mean_nothing_to_the_suite(field):
    """Other readers of cron know LW and L-3; the reference does not name them."""
    expression = f"cron(0 5 {field} * ? *)"
    assert of_suite(expression) == REFUSED
    assert of_standin(expression) != REFUSED


@pytest.mark.parametrize(
    "expression",
    ["cron(0 5 l * ? *)", "cron(0 5 ? * l *)", "cron(0 5 ? * fril *)"],
)
def test_small_letters_mean_nothing_to_the_suite(expression):
    """The reference writes L in capitals; the stand-in does not care."""
    assert of_suite(expression) == REFUSED
    capitals = expression.upper().replace("CRON", "cron")
    assert of_standin(expression) == of_standin(capitals)


@pytest.mark.parametrize("day", ["29W", "30W", "31W"])
def test_months_without_the_day_of_a_weekday_are_left_out_by_the_suite(day):
    """The weekday nearest to the 31st of April is none, or the last of the month."""
    expression = f"cron(0 5 {day} * ? *)"
    assert set(of_suite(expression)) < set(of_standin(expression))


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
def test_an_hour_that_comes_twice_is_two_runs_to_the_suite(zone):
    """AWS Backup does not say; the suite calls both runs, and demands one."""
    hourly = "cron(0 * ? * * *)"
    twice = set(of_suite(hourly, zone)) - set(of_standin(hourly, zone))
    assert len(twice) == 2
    assert set(suite.read(hourly, zone).due(SINCE, UNTIL)) == set(
        of_standin(hourly, zone)
    )
