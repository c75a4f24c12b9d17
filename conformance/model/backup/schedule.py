"""The cron expressions of backup rules, and how often they run.

Source: Amazon EventBridge User Guide, "Cron expressions reference", to which AWS Backup
refers for ScheduleExpression:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
"""

import calendar
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HORIZON = timedelta(days=366)
"""The time ahead in which a pause is sought: it holds every month and weekday."""
_MONTHS = {name.upper(): n for n, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_WEEKS = 5
"""A month has a weekday at most so often."""

Days = Callable[[int, int], set[int]]
"""The days of a year's month on which a field lets the schedule run."""


class ScheduleError(ValueError):
    """The expression is none that AWS documents; the text says why."""


class RefusedScheduleError(ValueError):
    """AWS Backup takes no such schedule; the text says why."""


@dataclass(frozen=True)
class Cron:
    """At the times that six fields name, as clocks show them in a time zone."""

    times: tuple[time, ...]
    days: Days
    months: frozenset[int]
    years: frozenset[int]
    zone: ZoneInfo

    @property
    def refusal(self) -> str:
        """The reason why AWS Backup refuses the schedule, "" if it takes it."""
        # The least backup frequency is an hour ("Backup plan options").
        several = len({moment.minute for moment in self.times}) > 1
        return "AWS Backup runs a rule once an hour at most" if several else ""

    def longest_pause(self, since: datetime) -> timedelta:
        """Return the longest time without a run in the year from `since`."""
        until = since + HORIZON
        runs = [since, *self.runs(since, until), until]
        return max(later - earlier for earlier, later in pairwise(runs))

    def runs(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Every run after `since` and before `until`, in order, in UTC."""
        day = since.astimezone(self.zone).date()
        last = until.astimezone(self.zone).date()
        while day <= last:
            if self._on(day):
                found = {run for at in self.times for run in self._moments(day, at)}
                yield from sorted(run for run in found if since < run < until)
            day += timedelta(days=1)

    def due(self, since: datetime, until: datetime) -> list[datetime]:
        """Return the runs that must be; of a time that comes twice, the first."""
        return [
            run for run in self.runs(since, until) if not run.astimezone(self.zone).fold
        ]

    def _on(self, day: date) -> bool:
        month = day.month in self.months and day.year in self.years
        return month and day.day in self.days(day.year, day.month)

    def _moments(self, day: date, at: time) -> Iterator[datetime]:
        """Return the times, in UTC, at which clocks show this: none or two on a change.

        AWS Backup does not say what it does in the hour that comes twice; should it
        run once, the recovery points of that day show it.
        """
        shown = datetime.combine(day, at)
        for fold in (0, 1):
            moment = shown.replace(fold=fold, tzinfo=self.zone).astimezone(UTC)
            if moment.astimezone(self.zone).replace(tzinfo=None, fold=0) == shown:
                yield moment


def read(expression: str, timezone: str = "UTC") -> Cron:
    """Parse the expression of a schedule in a time zone.

    Raises:
        RefusedScheduleError: it is a rate.
        ScheduleError: it means nothing that AWS documents.
    """
    kind, opened, rest = expression.strip().partition("(")
    if kind == "rate":
        # BackupRule's ScheduleExpression is a "cron expression".
        raise RefusedScheduleError("AWS Backup takes cron expressions alone")
    if not opened or not rest.endswith(")") or kind != "cron":
        raise ScheduleError(f"{expression!r} is not cron(…)")
    return _cron(rest[:-1].split(), _zone(timezone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ScheduleError(f"{name!r} is no time zone") from None


def _cron(words: list[str], zone: ZoneInfo) -> Cron:
    if len(words) != 6:  # noqa: PLR2004 -- minutes, hours, day, month, weekday, year
        raise ScheduleError(f"cron({' '.join(words)}): expected six fields")
    minutes, hours, month_days, months, week_days, years = words
    if (month_days == "?") == (week_days == "?"):
        raise ScheduleError(
            f"cron({' '.join(words)}): one of day-of-month and day-of-week must be ?"
        )
    return Cron(
        times=tuple(
            time(hour, minute)
            for hour in sorted(_numbers(hours, 0, 23))
            for minute in sorted(_numbers(minutes, 0, 59))
        ),
        days=_week_days(week_days) if month_days == "?" else _month_days(month_days),
        months=_numbers(months, 1, 12, _MONTHS),
        years=_numbers(years, 1970, 2199),
        zone=zone,
    )


def _numbers(
    field: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    """Return the numbers of a field; `/` without an end goes on to the highest."""
    found: set[int] = set()
    for part in field.split(","):
        base, slash, step = part.partition("/")
        first, dash, last = ("*", "", "") if base == "*" else base.partition("-")
        begin = low if first == "*" else _number(first, names)
        end = begin if not (slash or first == "*") else high
        end = _number(last, names) if dash else end
        if dash and base.startswith("*"):
            raise ScheduleError(f"{part!r}: * begins no range")
        stride = _number(step, None) if slash else 1
        if not (low <= begin <= high and low <= end <= high and stride > 0):
            raise ScheduleError(f"{part!r}: expected {low} to {high}")
        # 20-2 goes on past the highest, as an example of the reference does.
        span = high - low + 1
        beyond = end if end >= begin else end + span
        found |= {low + (n - low) % span for n in range(begin, beyond + 1, stride)}
    return frozenset(found)


def _number(text: str, names: Mapping[str, int] | None) -> int:
    if names and text.upper() in names:
        return names[text.upper()]
    if not text.isdecimal():
        raise ScheduleError(f"{text!r} is no number" + (" or name" if names else ""))
    return int(text)


def _month_days(field: str) -> Days:
    """Day-of-month: numbers, L for the last day, W for the weekday closest to one."""
    if field == "L":
        return lambda year, month: {_last(year, month)}
    if field.endswith("W"):
        (day,) = _numbers(field[:-1], 1, 31)
        return partial(_closest_weekday, day)
    days = _numbers(field, 1, 31)
    return lambda _year, _month: set(days)


def _closest_weekday(day: int, year: int, month: int) -> set[int]:
    """Return the weekday closest to a day in the same month; none without that day."""
    last = _last(year, month)
    if day > last:
        return set()
    match date(year, month, day).strftime("%w"):
        case "6":
            return {day - 1 if day > 1 else day + 2}
        case "0":
            return {day + 1 if day < last else day - 2}
    return {day}


def _week_days(field: str) -> Days:
    """Day-of-week: numbers from Sunday, names, 3#2 for the second, L for the last."""
    if field == "L":
        return partial(_on_week_days, frozenset({7}))
    if field.endswith("L"):
        return partial(_nth, _week_day(field[:-1]), -1)
    if "#" in field:
        day, _, count = field.partition("#")
        if not 1 <= _number(count, None) <= _WEEKS:
            raise ScheduleError(f"{field!r}: a month has no such day")
        return partial(_nth, _week_day(day), _number(count, None) - 1)
    return partial(_on_week_days, _numbers(field, 1, 7, _DAYS))


def _week_day(text: str) -> int:
    day = _number(text, _DAYS)
    if day not in _DAYS.values():
        raise ScheduleError(f"{text!r}: expected 1 to 7")
    return day


def _on_week_days(week_days: frozenset[int], year: int, month: int) -> set[int]:
    return {
        day
        for day in range(1, _last(year, month) + 1)
        if date(year, month, day).isoweekday() % 7 + 1 in week_days
    }


def _nth(week_day: int, index: int, year: int, month: int) -> set[int]:
    days = sorted(_on_week_days(frozenset({week_day}), year, month))
    return {days[index]} if index < len(days) else set()


def _last(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
