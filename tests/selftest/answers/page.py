"""docs/answers.md: for each member of each answer, the criteria that notice it."""

import re
from itertools import groupby
from pathlib import Path

from conformance.model.operations import READ
from tests.selftest.twin_env import ROOT

PAGE = ROOT / "docs" / "answers.md"
_HEADING = re.compile(r"^## `(\w+:\w+)`$")
_MEMBER = re.compile(r"`([^`]+)`")
_INTRODUCTION = Path(__file__).with_name("introduction.md")


def page(results, decisions):
    """Return the page as text; results are criteria by place."""
    of_operation = {
        name: list(places) for name, places in groupby(sorted(results), key=_operation)
    }
    return "\n".join(
        [_INTRODUCTION.read_text(encoding="utf-8"), *_overview(results, decisions)]
        + [
            line
            for name in sorted({*of_operation, *_read_operations()})
            for line in _section(name, of_operation.get(name), results, decisions)
        ]
    )


def members_of_page():
    """Return the members that the page lists, by operation."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        heading = _HEADING.match(line)
        if heading:
            members = found.setdefault(heading[1], set())
        elif found and line.startswith(("| `", "  `")):
            members |= set(_MEMBER.findall(line.split(" | ")[0]))
    return found


def _read_operations():
    return {f"{service}:{name}" for service, names in READ.items() for name in names}


def _operation(place):
    return f"{place.service}:{place.operation}"


def _overview(results, decisions):
    unnoticed = [place for place, criteria in results.items() if not criteria]
    about = [decisions.about(place) for place in unnoticed]
    harmless = sum(1 for known in about if known and known.harmless)
    still_open = sum(1 for known in about if known and not known.harmless)
    yield "| members | |"
    yield "|---|---:|"
    yield f"| noticed by a criterion | {len(results) - len(unnoticed)} |"
    yield f"| do not matter | {harmless} |"
    yield f"| open | {still_open} |"
    yield ""


def _section(name, places, results, decisions):
    yield f"## `{name}`"
    yield ""
    if places is None:
        yield f"Not asked of these environments: {decisions.not_asked.get(name, '?')}"
        yield ""
        return
    noticed = [place for place in places if results[place]]
    if noticed:
        yield "| member | noticed by |"
        yield "|---|---|"
        for place in noticed:
            yield f"| `{place.path}` | {', '.join(sorted(results[place]))} |"
        yield ""
    yield from _unnoticed([one for one in places if not results[one]], decisions)


def _unnoticed(places, decisions):
    by_reason = {}
    for place in places:
        decision = decisions.about(place)
        reason = "undecided" if decision is None else decision.reason
        if decision is not None and not decision.harmless:
            reason = f"_Open:_ {reason}"
        by_reason.setdefault(reason, []).append(f"`{place.path}`")
    for reason, members in sorted(by_reason.items()):
        yield f"- {reason}"
        yield f"  {', '.join(members)}"
    if places:
        yield ""
