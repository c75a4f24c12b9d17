"""Reads a run's folder, and says why it is no evidence if it is not."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from conformance.model.errors import BadInputError
from conformance.model.finding import Finding, Observation, Outcome
from conformance.run.ledger import LEDGER, MANIFEST, START, SUMMARY

_SCHEMA = 1
_GROUND = (
    *("environment", "contract_sha256", "plan", "replay"),
    *("version", "commit", "requirements_sha256"),
)
"""What a run is about: its first line and its summary must say the same."""
_Lines = list[tuple[bytes, dict[str, Any]]]
"""The ledger's lines, each as it stands and as what it says."""


@dataclass(frozen=True)
class SealedRun:
    """What a run folder says, and whether it may be believed."""

    folder: Path
    summary: dict[str, Any]
    ledger_sha256: str
    """Stands for the whole run: the chain ends in it."""
    damages: tuple[str, ...]
    """Why the folder is no evidence; empty if it is."""

    @property
    def ended(self) -> datetime:
        """When the run ended, UTC."""
        return datetime.fromisoformat(self.summary["ended"])

    @property
    def plan(self) -> dict[str, str]:
        """The Terraform plan that it reviewed; empty if it asked AWS."""
        return dict(self.summary.get("plan") or {})

    @property
    def replay(self) -> dict[str, str]:
        """The recording that it judged; empty if it asked AWS."""
        return dict(self.summary.get("replay") or {})

    @property
    def as_of(self) -> datetime:
        """How old it is as evidence, UTC: a review is as old as its plan."""
        made = self.plan.get("made")
        return min(self.ended, datetime.fromisoformat(made)) if made else self.ended

    def findings(self) -> Iterator[Finding]:
        """Every finding of the run."""
        for each in self.summary["findings"]:
            observations = tuple(Observation(**it) for it in each["observations"])
            outcome = Outcome(each["outcome"])
            yield Finding(**each | {"observations": observations, "outcome": outcome})


def read_run(folder: Path) -> SealedRun:
    """Read a run folder and verify it against its own hashes.

    Raises:
        BadInputError: it is no run folder at all.
    """
    try:
        summary = _read((folder / SUMMARY).read_bytes())
        ledger = (folder / LEDGER).read_bytes()
    except (OSError, ValueError) as problem:
        raise BadInputError(
            f"{folder} is no run folder: {problem}; expected: what a run left, with "
            f"{SUMMARY}, {LEDGER} and {MANIFEST}"
        ) from None
    if not isinstance(summary, dict) or summary.get("schema") != _SCHEMA:
        raise BadInputError(f"{folder / SUMMARY}: schema is not {_SCHEMA}")
    lines = [(line, _entry(line)) for line in ledger.split(b"\n")]
    lines = lines[:-1]  # what follows the last line's end
    damages = (*_manifest(folder), *_chain(lines), *_completeness(summary, lines))
    digest = hashlib.sha256(ledger).hexdigest()
    return SealedRun(folder, summary, digest, damages)


def _read(text: bytes) -> Any:
    """JSON; with Infinity too, which stands for what was never seen."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def _manifest(folder: Path) -> Iterator[str]:
    """What differs from the manifest: a file changed, missing, or added."""
    try:
        lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    except OSError:
        yield f"{MANIFEST} is missing: the run was not sealed"
        return
    listed = {name: digest for digest, _, name in (it.partition("  ") for it in lines)}
    for name, digest in sorted(listed.items()):
        file = folder / name
        if not file.is_file():
            yield f"{name} is missing"
        elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield f"{name} was changed after the run"
    present = {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and file.name != MANIFEST
    }
    for name in sorted(present - set(listed)):
        yield f"{name} was added after the run"


def _entry(line: bytes) -> dict[str, Any]:
    """What a line of the ledger says; nothing, if it is no such line.

    What was observed is most of it and stands in the summary too: it is let go.
    """
    try:
        entry = _read(line)
    except ValueError:
        return {}
    if not isinstance(entry, dict):
        return {}
    if entry.get("kind") == "observation":
        entry.pop("content", None)
    return entry


def _chain(lines: _Lines) -> Iterator[str]:
    """The first line of the ledger that does not follow from the one before."""
    previous = START
    for number, (line, entry) in enumerate(lines):
        if (entry.get("line"), entry.get("previous")) != (number, previous):
            yield f"line {number} of {LEDGER} does not follow from the line before"
            return
        previous = hashlib.sha256(line).hexdigest()


def _completeness(summary: dict[str, Any], lines: _Lines) -> Iterator[str]:
    """Whether the run ended by itself, and tells what its ledger tells."""
    if summary.get("complete") is not True:
        remarks = "; ".join(summary.get("remarks", ())) or "it did not end by itself"
        yield f"the run is incomplete: {remarks}"
    starts = (
        entry.get("content") for _, entry in lines if entry.get("kind") == "start"
    )
    began: Any = next(starts, None)
    for name in _GROUND:
        if not isinstance(began, dict) or began.get(name) != summary.get(name):
            yield f"{SUMMARY} and {LEDGER} name another {name}"
    if summary.get("plan") and not summary["plan"].get("made"):
        yield "the plan that it reviewed does not say when it was made"
    told = {each["test"]: _by_id(each) for each in summary["findings"]}
    if told != _found(entry for _, entry in lines):
        yield f"{SUMMARY} does not tell the findings of {LEDGER}"
    if not told:
        yield "the run has no findings"


def _by_id(finding: dict[str, Any]) -> dict[str, Any]:
    """The finding as the ledger holds it: its observations by their ids."""
    return finding | {"observations": [it["id"] for it in finding["observations"]]}


def _found(entries: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every finding by its test; of several about one test the last counts."""
    told = (it.get("content") for it in entries if it.get("kind") == "finding")
    return {it["test"]: it for it in told if isinstance(it, dict) and "test" in it}
