"""A run on the controller: collects what tests tell, and leaves the evidence."""

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
from conformance.aws.iam_policy import DENIED, actions, statement
from conformance.config.reader import ROOT
from conformance.model.finding import Finding, Observation, Outcome, worst
from conformance.run.ledger import LEDGER, Ledger, now, write_manifest, write_summary
from conformance.run.session import Suite
from conformance.run.verdict import judge

_CRITERION_IN_ID = re.compile(r"\[([A-Z]{3}-\d+)-?([^\]]*)\]")


class Run:
    """One run's findings, as they come in, and its folder."""

    def __init__(self, suite: Suite, evidence: Path) -> None:
        """Make the folder and start the ledger."""
        self.suite = suite
        self.started = now()
        self.remarks: list[str] = []
        """What a reader must know before believing any outcome."""
        self.complete = True
        self._findings: dict[str, Finding] = {}
        self._running: set[str] = set()
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        name = f"{stamp}-{suite.environment.name}-{uuid4().hex[:8]}"
        self.folder = (evidence / name).absolute()
        self.folder.mkdir(parents=True)
        self._ledger = Ledger(self.folder / LEDGER)
        self._begun = self._head()
        self._ledger.append("start", self._begun)
        write_summary(self.folder, self._summary(complete=False))

    @property
    def findings(self) -> list[Finding]:
        """In the order of the plan, then by region and subject."""
        order = list(self.suite.catalogue)
        return sorted(
            self._findings.values(),
            key=lambda it: (order.index(it.criterion), it.region, it.subject, it.test),
        )

    def test_started(self, test: str) -> None:
        """Remember that the test must end."""
        self._running.add(test)
        self._ledger.append("test started", test)

    def test_ended(self, test: str) -> None:
        """The test has told what it had to tell."""
        self._running.discard(test)

    def observed(self, observations: Iterable[Observation | dict[str, Any]]) -> None:
        """Keep requests, whether or not a finding rests on them."""
        for each in observations:
            content = each if isinstance(each, dict) else asdict(each)
            self._ledger.append("observation", content)

    def found(self, finding: Finding) -> None:
        """Keep a finding; of two about one test the worse stays."""
        known = self._findings.get(finding.test)
        if known and worst([known.outcome, finding.outcome]) is known.outcome:
            return
        self._findings[finding.test] = finding
        ids = [each.id for each in finding.observations]
        self._ledger.append("finding", finding.as_json() | {"observations": ids})

    def told(self, text: str) -> None:
        """Take what a report carries from its process: findings and observations."""
        content = json.loads(text)
        self.observed(content["observations"])
        if content["finding"]:
            found = content["finding"]
            found["observations"] = tuple(
                Observation(**each) for each in found["observations"]
            )
            found["outcome"] = Outcome(found["outcome"])
            self.found(Finding(**found))

    def remark(self, text: str, *, complete: bool = True) -> None:
        """Say something that stands above all outcomes of this run."""
        self._ledger.append("remark", text)
        self.remarks.append(text)
        self.complete = self.complete and complete

    def foretold(self, lines: Sequence[str]) -> None:
        """Keep what was said before anything was sent: what it will take and cost."""
        self._ledger.append("forecast", list(lines))

    def end(self) -> None:
        """Account for tests that never ended, and write the summary."""
        for test in sorted(self._running):
            self.remark(f"{test} started and never ended", complete=False)
            self._lost(test)
        self._ledger.append("end", {"complete": self.complete})
        self._ledger.close()
        write_summary(self.folder, self._summary(complete=self.complete))

    def seal(self) -> None:
        """Write the manifest, once every other file is there."""
        write_manifest(self.folder)

    @property
    def missing_rights(self) -> dict[str, Any] | None:
        """The IAM statement whose lack kept checks from looking; None if none did."""
        denied = {
            action
            for finding in self.findings
            for each in finding.observations
            if each.error in DENIED
            for action in actions(each.service, each.operation)
        }
        return statement("missing rights", sorted(denied), ["*"]) if denied else None

    def criteria(self) -> dict[str, Outcome]:
        """Every criterion's outcome by the findings so far."""
        suite = self.suite
        return judge(
            self.findings,
            suite.catalogue,
            suite.environment,
            suite.attestations,
            suite.today,
        )

    def _lost(self, test: str) -> None:
        """A test that never ended could not look."""
        match = _CRITERION_IN_ID.search(test)
        if match and match[1] in self.suite.catalogue:
            reason = "the test started and never ended: its process was lost"
            lost = Finding(match[1], test, match[2], "", Outcome.ERROR, reason)
            self.found(lost)

    def _head(self) -> dict[str, Any]:
        suite = self.suite
        return {
            "environment": self._environment(),
            "contract_sha256": suite.declared.sha256,
            "plan": suite.plan.document.told if suite.plan else None,
            "version": __version__,
            "commit": _git("rev-parse", "HEAD"),
            "requirements_sha256": _sha256(ROOT / "requirements.lock"),
            "dirty": bool(_git("status", "--porcelain")),
            "command": " ".join(sys.argv),
        }

    @property
    def endpoint(self) -> str:
        """Where DynamoDB was asked, in the primary region."""
        clients = self.suite.clients
        primary = self.suite.environment.regions[0]
        return clients.endpoint("dynamodb", primary) if clients else ""

    def _environment(self) -> dict[str, Any]:
        suite, environment = self.suite, self.suite.environment
        return {
            "name": environment.name,
            "judged_as": environment.judged_as,
            "account": environment.account,
            "regions": list(environment.regions),
            "endpoint": self.endpoint,
            "is_aws": environment.is_aws,
            "caller": suite.caller.arn if suite.caller else "",
            "allows": sorted(environment.allows),
        }

    def _summary(self, *, complete: bool) -> dict[str, Any]:
        return {
            "schema": 1,
            **self._begun,
            "started": self.started,
            "ended": now(),
            "complete": complete,
            "remarks": self.remarks,
            "assumptions": [asdict(it) for it in self.suite.declared.assumptions],
            "findings": [finding.as_json() for finding in self.findings],
            "missing_rights": self.missing_rights,
            "criteria": self.criteria(),
        }


def _sha256(file: Path) -> str:
    """Of a file of the suite; empty where it is not there."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _git(*arguments: str) -> str:
    """What git says of the suite itself; empty outside a checkout."""
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
