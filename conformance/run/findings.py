"""The finding that the end of a test gives, and what the inputs make of a finding."""

import inspect
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from conformance.aws.client import unreadable
from conformance.aws.settings_digest import digest
from conformance.model.errors import (
    BadInputError,
    NotApplicableError,
    NotAssessedError,
    NotUnderstoodError,
    RefusedError,
    UnreadableError,
)
from conformance.model.finding import Finding, Observation, Outcome
from conformance.model.text import cut
from conformance.run.inputs import Inputs
from conformance.run.subject import Subject
from conformance.run.verdict import accepted

COMPARED = pytest.StashKey[list[tuple[str, str]]]()
"""The pairs that the test's assertions compared: observed and declared, in words."""
NUMBERS = pytest.StashKey[dict[str, Any]]()
OBSERVATIONS = pytest.StashKey[list[Observation]]()
_LINE = 300
_SUITE = Path(__file__).parents[2]
"""The folder of this checkout."""


def criterion_of(item: pytest.Item) -> str | None:
    """Return the criterion that a test decides; None for tests of anything else."""
    marker = item.get_closest_marker("criterion")
    return None if marker is None else str(marker.args[0])


def subject_of(item: pytest.Item) -> Subject:
    """Return the subject of a test."""
    callspec = getattr(item, "callspec", None)
    subject = callspec.params.get("subject") if callspec else None
    return subject if isinstance(subject, Subject) else Subject("")


def finding_of(
    item: pytest.Item, error: BaseException | None, inputs: Inputs, phase: str
) -> Finding:
    """Return the finding of a test that ended with this error, or with none."""
    criterion = criterion_of(item) or ""
    subject = subject_of(item)
    observations: list[Observation] = item.stash[OBSERVATIONS]
    compared = item.stash.get(COMPARED, [])
    observed, declared = compared[-1] if compared else ("", "")
    outcome, reason = _outcome(error)
    if phase == "teardown":
        outcome, reason = Outcome.ERROR, f"clean-up failed: {reason}"
    if outcome is Outcome.PASS:
        reason = "; ".join(dict.fromkeys(_as_declared(*pair) for pair in compared))
    seen = _seen(error, observations, inputs)
    finding = Finding(
        criterion=criterion,
        test=item.nodeid,
        subject=subject.name or inputs.environment.name,
        region=subject.region,
        outcome=outcome,
        reason=f"{reason} (seen: {seen})" if seen else reason,
        observed=observed,
        declared=declared,
        seen=seen,
        requirement=inspect.getdoc(getattr(item, "obj", None)) or "",
        numbers=item.stash.get(NUMBERS, {}),
        observations=tuple(observations),
    )
    return weighed(finding, inputs)


def _seen(
    error: BaseException | None, observations: Iterable[Observation], inputs: Inputs
) -> str:
    """Return the hash of all that a check read and did not understand."""
    if not isinstance(error, NotUnderstoodError):
        return ""
    if inputs.terraform_plan:
        return digest(inputs.terraform_plan.document.sha256)
    settings = {one.settings for one in observations if one.settings}
    return digest(sorted(settings)) if settings else ""


def weighed(finding: Finding, inputs: Inputs) -> Finding:
    """Return the finding with its consequences: excused, waived or attested."""
    environment = inputs.environment
    finding = replace(
        finding,
        required=inputs.requires(finding.criterion),
        excused=finding.criterion in environment.cannot_prove,
    )
    return accepted(finding, inputs, inputs.today)


def in_words(value: object) -> str:
    """Return a compared value as the report shows it: short and sorted."""
    match value:
        case Mapping():
            inner = ", ".join(f"{key}: {in_words(one)}" for key, one in value.items())
            return cut(inner or "none", _LINE)
        case frozenset() | set():
            return cut(", ".join(sorted(map(str, value))) or "none", _LINE)
        case list() | tuple():
            return cut(", ".join(map(in_words, value)) or "none", _LINE)
    return cut(str(value), _LINE)


def _as_declared(observed: str, declared: str) -> str:
    return observed if observed == declared else f"{observed}; declared: {declared}"


def _outcome(error: BaseException | None) -> tuple[Outcome, str]:
    match error:
        case None:
            return Outcome.PASS, ""
        case NotAssessedError():
            return Outcome.NOT_ASSESSED, str(error)
        case NotApplicableError():
            return Outcome.NOT_APPLICABLE, str(error)
        case AssertionError():
            return Outcome.FAIL, cut(str(error), _LINE)
        case pytest.skip.Exception():
            return Outcome.NOT_ASSESSED, f"skipped: {error}"
    return Outcome.ERROR, _error(error)


def _error(error: BaseException) -> str:
    """Say why the check could not look, in words."""
    match error:
        case UnreadableError() | RefusedError() | BadInputError():
            return str(error)
        case BotoCoreError() | ClientError():
            return str(unreadable("a request of this check", error))
    return _defect(error)


def _defect(error: BaseException) -> str:
    """Say that the suite itself is at fault, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _SUITE in Path(frame.filename).parents]
    place = ours[-1] if ours else None
    where = f" in {Path(place.filename).name}, line {place.lineno}" if place else ""
    return (
        f"the suite itself is at fault{where}, so nothing was decided; please report "
        f"this to those who maintain it: {type(error).__name__}, {error}"
    )
