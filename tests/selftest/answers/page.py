"""docs/answers.md: for each member of each answer, the criteria that notice it."""

import re
from collections import Counter
from itertools import groupby
from pathlib import Path

from conformance.model.operations import READ
from tests.selftest.twin_env import ROOT

PAGE = ROOT / "docs" / "answers.md"
_KINDS = {
    "elsewhere": "noticed in other right environments",
    "ignored": "do not matter",
    "open": "open",
    "undecided": "undecided",
}
_HEADING = re.compile(r"^## `(\w+:\w+)`$")
_MEMBER = re.compile(r"`([^`]+)`")
_INTRODUCTION = Path(__file__).with_name("introduction.md")


def page(examination):
    """Return the page as text."""
    results, decisions = examination.criteria, examination.decisions
    of_operation = {
        name: list(places) for name, places in groupby(sorted(results), key=_operation)
    }
    return "\n".join(
        [_INTRODUCTION.read_text(encoding="utf-8"), *_overview(results, decisions)]
        + [
            line
            for name in sorted({*of_operation, *_read_operations()})
            for line in _section(name, of_operation.get(name), examination)
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
    kinds = Counter(decision.kind if decision else "undecided" for decision in about)
    yield "| members | |"
    yield "|---|---:|"
    yield f"| noticed by a criterion | {len(results) - len(unnoticed)} |"
    for kind, words in _KINDS.items():
        yield f"| {words} | {kinds[kind]} |"
    yield ""


def _section(name, places, examination):
    results, decisions = examination.criteria, examination.decisions
    unnoticed = examination.unnoticed
    yield f"## `{name}`"
    yield ""
    if places is None:
        yield f"Not asked of these environments: {decisions.not_asked.get(name, '?')}"
        yield ""
        return
    noticed = [place for place in places if results[place]]
    if noticed:
        yield "| member | noticed by | not noticed if |"
        yield "|---|---|---|"
        for place in noticed:
            criteria = ", ".join(sorted(results[place]))
            passing = ", ".join(sorted(unnoticed[place])) or " "
            yield f"| `{place.path}` | {criteria} | {passing} |"
        yield ""
    yield from _unnoticed([one for one in places if not results[one]], decisions)


def _unnoticed(places, decisions):
    by_reason = {}
    for place in places:
        decision = decisions.about(place)
        reason = "undecided" if decision is None else decision.reason
        if decision is not None and decision.kind != "ignored":
            reason = f"_{decision.kind.capitalize()}:_ {reason}"
        by_reason.setdefault(reason, []).append(f"`{place.path}`")
    for reason, members in sorted(by_reason.items()):
        yield f"- {reason}"
        yield f"  {', '.join(members)}"
    if places:
        yield ""
