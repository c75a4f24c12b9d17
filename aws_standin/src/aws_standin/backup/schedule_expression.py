"""The due times of a backup rule: AWS's cron expressions, in any time zone.

Source: Amazon EventBridge User Guide, "Setting a schedule pattern", to which the
AWS Backup Developer Guide refers for ``ScheduleExpression``.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT = "cron(0 5 ? * * *)"
"""The expression of a rule that has none (botocore model)."""

_MONTHS = {name.upper(): n for n, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_FIELDS = 6
_HORIZON = timedelta(days=366 * 9)
"""Leap days come at most eight years apart; nothing due until then is never due."""


class ScheduleError(ValueError):
    """An expression that AWS would not accept; the text says what is wrong with it."""


@dataclass(frozen=True)
class Cron:
    """The six fields of a cron expression, read."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day_of_month: str
    """The field as written: L, W and ? depend on the month."""
    months: frozenset[int]
    day_of_week: str
    """The field as written: L, # and ? depend on the month."""
    years: frozenset[int]
    timezone: tzinfo


def parse(expression: str, timezone: str = "UTC") -> Cron:
    """Read an expression; raise ScheduleError where AWS refuses it, as rates."""
    kind, _, rest = expression.strip().partition("(")
    if kind != "cron" or not rest.endswith(")"):
        raise ScheduleError(f"{expression!r} is not cron(…)")
    return _cron(rest[:-1], _zone(timezone))


def due_times(cron: Cron, after: datetime) -> Iterator[datetime]:
    """Yield every due time later than ``after``, in order, in UTC."""
    # A day before: local time zones differ from UTC by less than one day.
    day = after.astimezone(cron.timezone).date() - timedelta(days=1)
    last = day + _HORIZON
    while day < last:
        if _is_due_on(cron, day):
            yield from (due for due in _times_of(cron, day) if due > after)
        day += timedelta(days=1)


def due_between(cron: Cron, after: datetime, until: datetime) -> list[datetime]:
    """Return the due times in (after, until], oldest first."""
    found = []
    for due in due_times(cron, after):
        if due > until:
            break
        found.append(due)
    return found


def more_than_hourly(cron: Cron) -> bool:
    """Return whether two due times can lie less than one hour apart."""
    return len(cron.minutes) > 1


def _zone(name: str) -> tzinfo:
    if name in {"UTC", "Etc/UTC"}:
        return UTC  # known even where the machine has no time zone database
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ScheduleError(f"{name!r} is not a known time zone") from unknown


def _cron(text: str, timezone: tzinfo) -> Cron:
    fields = text.upper().split()
    if len(fields) != _FIELDS:
        raise ScheduleError(f"cron({text}) has {len(fields)} fields, not six")
    minutes, hours, day_of_month, months, day_of_week, years = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise ScheduleError(
            f"cron({text}): exactly one of day-of-month and day-of-week must be ?"
        )
    _check_days(day_of_month, day_of_week)
    return Cron(
        tuple(sorted(_values(minutes, 0, 59))),
        tuple(sorted(_values(hours, 0, 23))),
        day_of_month,
        _values(months, 1, 12, _MONTHS),
        day_of_week,
        _values(years, 1970, 2199),
        timezone,
    )


def _check_days(day_of_month: str, day_of_week: str) -> None:
    """Raise ScheduleError unless both fields can be read in every month."""
    if not re.fullmatch(
        r"\?|L(-([1-9]|[12]\d|30))?|LW|([1-9]|[12]\d|3[01])W", day_of_month
    ):
        _values(day_of_month, 1, 31)
    special = re.fullmatch(r"\?|L|(\w+)L|(\w+)#[1-5]", day_of_week)
    if not special:
        _values(day_of_week, 1, 7, _DAYS)
    elif special[1] or special[2]:
        _number(special[1] or special[2], _DAYS, 1, 7)


def _values(
    field: str, low: int, high: int, names: dict[str, int] | None = None
) -> frozenset[int]:
    """Read lists, ranges, steps and names of one field."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if "/" in part and not re.fullmatch(r"[1-9]\d*", step):
            raise ScheduleError(f"{part!r}: a step is a positive number")
        if first == "*" and not dash:
            start, end = low, high
        else:
            start = _number(first, names or {}, low, high)
            end = _number(last, names or {}, low, high) if dash else start
            end = high if step and not dash else end
        found.update(_span(start, end, (low, high), int(step or 1)))
    return frozenset(found)


def _span(start: int, end: int, limits: tuple[int, int], step: int) -> list[int]:
    """Return start to end, going round past the field's end (FRI-MON, 22-2)."""
    low, high = limits
    if end < start:
        end += high - low + 1
    return [low + (n - low) % (high - low + 1) for n in range(start, end + 1, step)]


def _number(text: str, names: dict[str, int], low: int, high: int) -> int:
    value = names.get(text, int(text) if text.isdecimal() else low - 1)
    if not low <= value <= high:
        raise ScheduleError(f"{text!r} is not between {low} and {high}")
    return value


def _times_of(cron: Cron, day: date) -> list[datetime]:
    """Return the due times of one local day, without those that a clock change skips.

    A local time that comes twice is due once, the first time (EventBridge Scheduler
    User Guide, "Daylight savings time").
    """
    times = []
    for hour in cron.hours:
        for minute in cron.minutes:
            local = datetime(
                day.year, day.month, day.day, hour, minute, tzinfo=cron.timezone
            )
            due = local.astimezone(UTC)
            if due.astimezone(cron.timezone).replace(tzinfo=None) == local.replace(
                tzinfo=None
            ):
                times.append(due)
    return sorted(times)


def _is_due_on(cron: Cron, day: date) -> bool:
    if day.month not in cron.months or day.year not in cron.years:
        return False
    if cron.day_of_week == "?":
        return day.day in _days_of_month(cron.day_of_month, day)
    return _is_weekday(cron.day_of_week, day)


def _days_of_month(field: str, day: date) -> frozenset[int]:
    last = calendar.monthrange(day.year, day.month)[1]
    if field.endswith("W"):
        wanted = last if field == "LW" else min(int(field[:-1]), last)
        return frozenset({_nearest_weekday(day.replace(day=wanted), last)})
    if field.startswith("L"):
        return frozenset({last - int(field[2:] or 0)})
    return _values(field, 1, 31)


def _nearest_weekday(wanted: date, last: int) -> int:
    """Return the weekday nearest to a day, within the same month."""
    if wanted.weekday() == calendar.SATURDAY:
        return wanted.day - 1 if wanted.day > 1 else wanted.day + 2
    if wanted.weekday() == calendar.SUNDAY:
        return wanted.day + 1 if wanted.day < last else wanted.day - 2
    return wanted.day


def _is_weekday(field: str, day: date) -> bool:
    today = day.isoweekday() % 7 + 1
    if field == "L":
        return today == _DAYS["SAT"]
    name, nth, which = field.partition("#")
    if nth:
        wanted = _number(name, _DAYS, 1, 7)
        return today == wanted and (day.day - 1) // 7 + 1 == int(which)
    if field.endswith("L"):
        last = calendar.monthrange(day.year, day.month)[1]
        return today == _number(field[:-1], _DAYS, 1, 7) and day.day > last - 7
    return today in _values(field, 1, 7, _DAYS)
