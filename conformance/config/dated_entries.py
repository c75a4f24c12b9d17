"""Entries of waivers and attestations: what both must name, and until when."""

import datetime as dt
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.model.errors import BadInputError

Entries = list[dict[str, Any]]


def wrong_days(name: str, entries: Entries, *days: str) -> Iterator[str]:
    """Yield values that are no date in TOML, and entries that end before they begin."""
    for n, entry in enumerate(entries):
        wrong = [day for day in days if type(entry[day]) is not dt.date]
        for day in wrong:
            yield (
                f"{name}[{n}].{day} is {str(entry[day])!r}; expected: a date without "
                "quotes and time, such as 2026-03-31"
            )
        if not wrong and entry["expires"] < entry.get("date", entry["expires"]):
            yield (
                f"{name}[{n}].expires is {entry['expires']}; expected: not before its "
                f"date, {entry['date']}"
            )


def unknown(
    name: str, field: str, entries: Entries, known: Iterable[str], can: str
) -> Iterator[str]:
    """Yield entries about what is not known; `can` says what those known can be."""
    known = sorted(known)
    for n, entry in enumerate(entries):
        if field in entry and entry[field] not in known:
            close = get_close_matches(entry[field], known, n=1)
            meant = f". Did you mean {close[0]!r}?" if close else ""
            yield (
                f"{name}[{n}].{field} is {entry[field]!r}; expected: a criterion of "
                f"promotion/criteria.toml that can be {can}{meant}"
            )


def refuse(path: Path, problems: list[str]) -> None:
    """Raise BadInputError with every problem, if there are any."""
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))
