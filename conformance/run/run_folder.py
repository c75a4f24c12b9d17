"""A run and its folder: the findings as they come in, and the evidence of them."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from conformance import __version__
from conformance.aws.denials import missing_rights
from conformance.config.file_reader import ROOT
from conformance.model.finding import Finding, Observation, Outcome, worst
from conformance.run.inputs import Inputs
from conformance.run.ledger import LEDGER, Ledger, now, write_manifest, write_summary
from conformance.run.session import Target
from conformance.run.verdict import judge

_CRITERION_IN_ID = re.compile(r"\[([A-Z]{3}-\d+)-?([^\]]*)\]")


class Run:
    """One run in the process that keeps its evidence."""

    def __init__(
        self, inputs: Inputs, evidence: Path, target: Target | None = None
    ) -> None:
        """Make the folder and start the ledger; a review has no target."""
        self.inputs = inputs
        self.target = target or Target()
        self.started = now()
        self.notes: list[str] = []
        """Remarks that stand above all outcomes, as a reader must know them first."""
        self.complete = True
        self._findings: dict[str, Finding] = {}
        self._running: set[str] = set()
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        name = f"{stamp}-{inputs.environment.name}-{uuid4().hex[:8]}"
        self.folder = (evidence / name).absolute()
        self.folder.mkdir(parents=True)
        self._ledger = Ledger(self.folder / LEDGER)
        self._begun = self._head()
        self._ledger.append("start", self._begun)
        write_summary(self.folder, self._summary(complete=False))

    @property
    def findings(self) -> list[Finding]:
        """Return them in the order of the catalogue, then by region and subject."""
        order = list(self.inputs.catalogue)
        return sorted(
            self._findings.values(),
            key=lambda finding: (
                order.index(finding.criterion),
                finding.region,
                finding.subject,
                finding.test,
            ),
        )

    def test_started(self, test: str) -> None:
        """Remember that the test must end."""
        self._running.add(test)
        self._ledger.append("test started", test)

    def test_ended(self, test: str) -> None:
        """Expect nothing more of the test."""
        self._running.discard(test)

    def add_observations(
        self, observations: Iterable[Observation | dict[str, Any]]
    ) -> None:
        """Keep requests, whether or not a finding rests on them."""
        for observation in observations:
            if isinstance(observation, Observation):
                observation = asdict(observation)  # noqa: PLW2901
            self._ledger.append("observation", observation)

    def add_finding(self, finding: Finding) -> None:
        """Keep a finding; if the test has one already, keep the worse of the two."""
        known = self._findings.get(finding.test)
        if known and worst([known.outcome, finding.outcome]) is known.outcome:
            return
        self._findings[finding.test] = finding
        ids = [observation.id for observation in finding.observations]
        self._ledger.append("finding", finding.as_json() | {"observations": ids})

    def add_report(self, text: str) -> None:
        """Keep the findings and observations that a test's report carries."""
        content = json.loads(text)
        self.add_observations(content["observations"])
        if content["finding"]:
            self.add_finding(Finding.from_json(content["finding"]))

    def add_note(self, text: str, *, complete: bool = True) -> None:
        """Say something that stands above all outcomes of this run."""
        self._ledger.append("remark", text)
        self.notes.append(text)
        self.complete = self.complete and complete

    def add_forecast(self, lines: Sequence[str]) -> None:
        """Keep what a load was expected to take and cost, before it was sent."""
        self._ledger.append("forecast", list(lines))

    def end(self) -> None:
        """Account for tests that never ended, and write the summary."""
        for test in sorted(self._running):
            self.add_note(f"{test} started and never ended", complete=False)
            self._add_lost(test)
        self._ledger.append("end", {"complete": self.complete})
        self._ledger.close()
        write_summary(self.folder, self._summary(complete=self.complete))

    def seal(self) -> None:
        """Write the manifest, once every other file is there."""
        write_manifest(self.folder)

    @property
    def missing_rights(self) -> dict[str, Any] | None:
        """Return the IAM policy that the checks lacked; None if they lacked none."""
        requests = (
            request for finding in self.findings for request in finding.observations
        )
        reasons = (
            finding.reason
            for finding in self.findings
            if finding.outcome is Outcome.ERROR
        )
        return missing_rights(requests, self.inputs.environment.account, reasons)

    def criteria(self) -> dict[str, Outcome]:
        """Return every criterion's outcome by the findings so far."""
        return judge(self.findings, self.inputs)

    def _add_lost(self, test: str) -> None:
        """Add an ERROR for a test that never ended, so that it is not forgotten."""
        match = _CRITERION_IN_ID.search(test)
        if match and match[1] in self.inputs.catalogue:
            reason = "the test started and never ended: its process was lost"
            lost = Finding(match[1], test, match[2], "", Outcome.ERROR, reason)
            self.add_finding(lost)

    def _head(self) -> dict[str, Any]:
        plan = self.inputs.terraform_plan
        return {
            "environment": self._environment(),
            "contract_sha256": self.inputs.declared.sha256,
            "plan": plan.document.told if plan else None,
            "replay": self._replay(),
            "version": __version__,
            "commit": _git("rev-parse", "HEAD"),
            "requirements_sha256": _sha256(ROOT / "requirements.lock"),
            "dirty": bool(_git("status", "--porcelain")),
            "command": " ".join(sys.argv),
        }

    def _replay(self) -> dict[str, str] | None:
        """Return what names the recording that was judged; None if AWS was asked."""
        recording = self.target.replay
        if recording is None:
            return None
        return {
            "recording": recording.file,
            "sha256": recording.sha256,
            "made": recording.made_at.isoformat(timespec="seconds"),
        }

    def _environment(self) -> dict[str, Any]:
        environment = self.inputs.environment
        return {
            "name": environment.name,
            "judged_as": environment.judged_as,
            "account": environment.account,
            "regions": list(environment.regions),
            "endpoint": self.target.endpoint,
            "is_aws": environment.is_aws,
            "caller": self.target.caller,
            "allows": sorted(environment.allows),
        }

    def _summary(self, *, complete: bool) -> dict[str, Any]:
        assumptions = self.inputs.declared.assumptions
        return {
            "schema": 1,
            **self._begun,
            "started": self.started,
            "ended": now(),
            "complete": complete,
            "remarks": self.notes,
            "assumptions": [asdict(assumption) for assumption in assumptions],
            "findings": [finding.as_json() for finding in self.findings],
            "missing_rights": self.missing_rights,
            "criteria": self.criteria(),
        }


def _sha256(file: Path) -> str:
    """Return the SHA-256 of a file of the suite; empty if there is no such file."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _git(*arguments: str) -> str:
    """Return what git says of the suite itself; empty outside a checkout."""
    try:
        return subprocess.run(
            ["git", *arguments],  # noqa: S607 -- whichever git the user has
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=5,
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
