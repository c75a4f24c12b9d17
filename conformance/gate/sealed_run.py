"""A run folder that is verified against its own hashes."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from conformance.model.errors import BadInputError
from conformance.model.finding import Finding
from conformance.run.ledger import LEDGER, MANIFEST, START, SUMMARY

_SCHEMA = 1
_IDENTITY = (
    *("environment", "contract_sha256", "plan", "replay"),
    *("version", "commit", "requirements_sha256"),
)
"""The fields that the ledger's first line and the summary must have alike."""
_Lines = list[tuple[bytes, dict[str, Any]]]
"""The lines of a ledger, each as bytes and as its content."""


@dataclass(frozen=True)
class SealedRun:
    """The findings of a run folder, and the reasons not to believe them."""

    folder: Path
    summary: dict[str, Any]
    ledger_sha256: str
    """The digest of the whole run, as each line holds the digest of the line before."""
    integrity_errors: tuple[str, ...]
    """The reasons why the folder is no evidence; empty if it is."""

    @property
    def ended(self) -> datetime:
        """The end of the run, UTC."""
        return datetime.fromisoformat(self.summary["ended"])

    @property
    def terraform_plan(self) -> dict[str, str]:
        """The Terraform plan that the run reviewed; empty if it asked AWS."""
        return dict(self.summary.get("plan") or {})

    @property
    def replay(self) -> dict[str, str]:
        """The recording that the run judged; empty if it asked AWS."""
        return dict(self.summary.get("replay") or {})

    @property
    def as_of(self) -> datetime:
        """The date of the evidence, UTC: a review is as old as its Terraform plan."""
        made = self.terraform_plan.get("made")
        return min(self.ended, datetime.fromisoformat(made)) if made else self.ended

    def findings(self) -> Iterator[Finding]:
        """Return every finding of the run."""
        return map(Finding.from_json, self.summary["findings"])


def read_run(folder: Path) -> SealedRun:
    """Read a run folder and verify it against its own hashes.

    Raises:
        BadInputError: the folder is no run folder at all.
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
    errors = (*_manifest(folder), *_chain(lines), *_completeness(summary, lines))
    digest = hashlib.sha256(ledger).hexdigest()
    return SealedRun(folder, summary, digest, errors)


def _read(text: bytes) -> Any:
    """Parse JSON, with Infinity too, which stands for what was never seen."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def _manifest(folder: Path) -> Iterator[str]:
    """Yield each file that differs from the manifest: changed, missing, or added."""
    try:
        lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    except OSError:
        yield f"{MANIFEST} is missing: the run was not sealed"
        return
    parts = [line.partition("  ") for line in lines]
    listed = {name: digest for digest, _, name in parts}
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
    """Parse a line of the ledger; return an empty dict if it is no such line.

    The content of observations is left out: it is most of the ledger, and the summary
    has it too.
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
    """Yield the first line of the ledger that does not follow from the one before."""
    previous = START
    for number, (line, entry) in enumerate(lines):
        if (entry.get("line"), entry.get("previous")) != (number, previous):
            yield f"line {number} of {LEDGER} does not follow from the line before"
            return
        previous = hashlib.sha256(line).hexdigest()


def _completeness(summary: dict[str, Any], lines: _Lines) -> Iterator[str]:
    """Yield each sign that the run was cut short, or is not what its ledger says."""
    if summary.get("complete") is not True:
        remarks = "; ".join(summary.get("remarks", ())) or "it did not end by itself"
        yield f"the run is incomplete: {remarks}"
    starts = (
        entry.get("content") for _, entry in lines if entry.get("kind") == "start"
    )
    began: Any = next(starts, None)
    for name in _IDENTITY:
        if not isinstance(began, dict) or began.get(name) != summary.get(name):
            yield f"{name} in {SUMMARY} is not the one in {LEDGER}"
    if summary.get("plan") and not summary["plan"].get("made"):
        yield "the Terraform plan that it reviewed does not say when it was made"
    findings = {finding["test"]: _by_id(finding) for finding in summary["findings"]}
    if findings != _ledger_findings(entry for _, entry in lines):
        yield f"{SUMMARY} does not have the findings of {LEDGER}"
    if not findings:
        yield "the run has no findings"


def _by_id(finding: dict[str, Any]) -> dict[str, Any]:
    """Return the finding as the ledger holds it: its observations by their ids."""
    ids = [observation["id"] for observation in finding["observations"]]
    return finding | {"observations": ids}


def _ledger_findings(
    entries: Iterable[dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Return every finding by its test; of several about one test the last counts."""
    contents = [
        entry.get("content") for entry in entries if entry.get("kind") == "finding"
    ]
    findings = [finding for finding in contents if isinstance(finding, dict)]
    return {finding["test"]: finding for finding in findings if "test" in finding}
