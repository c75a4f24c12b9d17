"""Reading twins: recordings of conforming environments, changed in one answer each.

To convert a twin that is deployed: find which answer its deviation changes (run it
with `--record`, or read `conformance/deployed`), change that answer alone, and name
every finding that differs from those of the conforming environment:

    def test_a_table_with_provisioned_capacity_fails(sit):
        answers = sit.answers()
        table = answers["DescribeTable", "users"]["Table"]
        table["BillingModeSummary"] = {"BillingMode": "PROVISIONED"}
        differing = {"TBL-3 users": "FAIL", "TBL-9 users": "FAIL"}
        assert sit.judge(answers) == differing

`judge` runs all live checks that read, or those of the criteria that are named. A key
is the criterion, then the subject unless it is the environment, then the region if
there are two. Probes are NOT_ASSESSED in a replay, as nobody is asked;
`judge_with_probes` runs them too, and shows those that have another reason, because
they are kept away from a table.
"""

import copy
import fcntl
import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from conformance.aws.client import AwsError
from conformance.aws.recording import (
    Answer,
    Recording,
    load_recording,
    request_of,
)
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo.deployment import Deployment
from conformance.demo.tables import deploy_tables
from conformance.model.finding import Finding
from conformance.run.verdict import exit_status
from tests.selftest.twin_env import Suite, Twin, contract
from tests.selftest.twins.judge import Judge

_FILE = "recording.json"
_ORDER = ("FAIL", "ERROR", "NOT_ASSESSED", "WAIVED", "PASS", "NOT_APPLICABLE")
_CANNOT_PROVE = '[cannot_prove]\nENC-4 = "the stand-in speaks plain HTTP"'
ASKS_NOBODY = "a replay asks nobody"


class Answers:
    """The answers of a recording, to be changed."""

    def __init__(self, recording):
        """Share the answers until one is changed."""
        self._recording = recording
        self._answers = dict(recording.answers)
        self._own = set()
        self.previous = recording.previous and Answers(recording.previous)
        """The answers of the environment that this one was promoted from."""

    @property
    def now(self):
        """The time of the recording."""
        return self._recording.made_at

    def __getitem__(self, wanted):
        """Return the one answer to this operation whose request has these words."""
        operation, *words = (wanted,) if isinstance(wanted, str) else wanted
        (answer,) = self.every(operation, *words)
        return answer

    def every(self, operation, *words):
        """Return each answer to this operation whose request has these words."""
        found = self._requests(operation, *words)
        for request in found - self._own:
            self._answers[request] = copy.deepcopy(self._answers[request])
        self._own |= found
        return [self._answers[request].value for request in sorted(found)]

    def items(self, operation, *words):
        """Return the parameters and the answer of each such request."""
        found = sorted(self._requests(operation, *words))
        return zip(
            [json.loads(request[3]) for request in found],
            self.every(operation, *words),
            strict=True,
        )

    def shift_clock(self, span):
        """Let the runner's clock be wrong by a span; AWS's own times stay."""
        made = self._recording.made_at + span
        self._recording = replace(self._recording, made_at=made)

    def add(self, service, region, operation, answer, **parameters):
        """Give an answer to a request that the conforming environment did not make.

        It was made when the others of its operation were.
        """
        request = request_of(service, region, operation, parameters)
        like = [known for made, known in self._answers.items() if made[2] == operation]
        seen = like[0].observations if like else ()
        self._answers[request] = Answer(answer, None, seen)

    def fail(self, operation, *words, code="AccessDeniedException"):
        """Put an error in the place of these answers."""
        for request in self._requests(operation, *words):
            service, region, *_ = request
            said = f"{service}:{operation} in {region}: {code}: struck"
            known = self._answers[request].observations
            struck = tuple(replace(seen, status=400, error=code) for seen in known)
            self._answers[request] = Answer({}, AwsError(said, code), struck)

    def forget(self, operation, *words):
        """Leave these requests without an answer."""
        for request in self._requests(operation, *words):
            del self._answers[request]

    @property
    def recording(self):
        """The recording with these answers."""
        previous = self.previous and self.previous.recording
        return replace(self._recording, answers=self._answers, previous=previous)

    def _requests(self, operation, *words):
        found = {
            request
            for request in self._answers
            if request[2] == operation
            and all(word in f"{request[1]} {request[3]}" for word in words)
        }
        assert found, f"no request of {operation} has {words}"
        return found


class Judged(dict):
    """Outcomes by finding, of all findings that differ from the conforming ones."""

    def __init__(self, differing, findings):
        """Keep the findings, for their reasons."""
        super().__init__(differing)
        self.findings = findings

    @property
    def status(self):
        """The exit status of a run with these findings."""
        own = [dict(finding) for finding in self.findings]
        return exit_status(
            [Finding.from_json(finding) for finding in own if finding.pop("key")]
        )

    def reasons(self, key):
        """Return the reasons of the findings with this key."""
        return [
            finding["reason"]
            for finding in self.findings
            if finding["key"] == key and finding["outcome"] in self[key]
        ]


@dataclass(frozen=True)
class RecordedEnvironment:
    """A conforming environment, recorded; and the judge of what becomes of it."""

    file: Path
    contract: Path
    recording: Recording

    @property
    def account(self):
        """The environment's account."""
        return self.recording.account

    @property
    def recording_file(self):
        """The file that the run over HTTP wrote."""
        return self.file.parent / _FILE

    @property
    def recorded_run(self):
        """The run.json of the run over HTTP."""
        (file,) = self.file.parent.glob("run-0/evidence/*/run.json")
        return json.loads(file.read_text(encoding="utf-8"))

    @property
    def arguments(self):
        """The command line of a live run about the environment."""
        return [f"--env={self.file}", f"--schemas={self.contract}", "-m", "live"]

    def table(self, name):
        """The deployed name of a table."""
        return f"{name}-{self.account}"

    def answers(self):
        """Return the answers of the conforming environment, to be changed."""
        return Answers(self.recording)

    @cached_property
    def judged_conforming(self):
        """The findings of the conforming environment, by their test."""
        findings = self._findings(self.recording, self._judge.tests, self.declared)
        return {finding["test"]: finding for finding in findings}

    @property
    def declared(self):
        """The contract of the environment, as it was read."""
        return self._judge.declared

    def judge(self, answers, *criteria, declared=None):
        """Judge these answers; return what differs from the conforming environment.

        All criteria are judged, or those that are named; by the contract of the
        environment, or another one with the same tables and indexes.
        """
        reading = [
            test
            for test, finding in self.judged_conforming.items()
            if ASKS_NOBODY not in finding["reason"]
            if not criteria or finding["criterion"] in criteria
        ]
        return self._differing(answers, reading, declared or self.declared)

    def judge_with_probes(self, answers, *criteria):
        """Judge these criteria, of which some need more than reading."""
        tests = self._judge.tests.items()
        asked = [test for test, criterion in tests if criterion in criteria]
        return self._differing(answers, asked, self.declared)

    def judge_tests(self, recording, tests):
        """Return the findings of these tests that differ from the conforming ones."""
        return self._changed(self._findings(recording, tests, self.declared))

    def _changed(self, findings):
        conforming = self.judged_conforming
        return [
            finding
            for finding in findings
            if _said(finding) != _said(conforming[finding["test"]])
        ]

    def _differing(self, answers, tests, declared):
        findings = self._findings(answers.recording, tests, declared)
        found = {}
        for finding in self._changed(findings):
            found.setdefault(finding["key"], set()).add(finding["outcome"])
        return Judged(
            {key: _joined(outcomes) for key, outcomes in found.items()}, findings
        )

    @cached_property
    def _judge(self):
        return Judge(self.file, self.contract)

    def _findings(self, recording, tests, declared):
        findings = self._judge.judge(recording, tests, declared)
        return [finding | {"key": self._key(finding)} for finding in findings]

    def _key(self, finding):
        several = len(self.recording.regions) > 1
        subject = finding["subject"]
        words = [
            finding["criterion"],
            "" if subject == self.recording.environment else subject,
            finding["region"] if several else "",
        ]
        return " ".join(filter(None, words))


def expected(**keys):
    """Return the findings with these outcomes, as `judge` does."""
    found = {}
    for outcome, those in keys.items():
        for key in those:
            found.setdefault(key, set()).add(outcome)
    return {key: _joined(outcomes) for key, outcomes in found.items()}


def keys_of(pairs, outcome="NOT_ASSESSED"):
    """Return the findings of these criteria and subjects, each with the outcome."""
    return {f"{criterion} {subject}": outcome for criterion, subject in pairs}


def recorded(folder, standin, *tables, regions, **keys):
    """Return the environment that is recorded in a folder; record it if none is.

    Processes share the folder: the first one makes the recording.
    """
    folder.mkdir(exist_ok=True)
    with _locked(folder):
        if not (folder / _FILE).exists():
            _record(folder, standin(), tables, regions, keys)
    (file,) = folder.glob("twin*.toml")
    (declared,) = (
        path for path in folder.glob("contract*.json") if path.suffixes == [".json"]
    )
    return RecordedEnvironment(file, declared, load_recording(folder / _FILE))


def _record(folder, standin, tables, regions, keys):
    twin = Twin(standin, Suite(folder), regions)
    previous = _previous(folder / "previous", standin, tables, regions)
    keys = {"previous": str(previous), "more": _CANNOT_PROVE} | keys
    twin.write(allows=["read"], **keys)
    twin.deploy(contract(*tables))
    result = twin.run(f"--record={folder / _FILE}")
    assert result.found("FAIL") | result.found("ERROR") == set(), result.output
    twin.write(allows=["read", "data", "backup"], **keys)


def _previous(folder, standin, tables, regions):
    """Deploy the tables of the environment that this one was promoted from."""
    folder.mkdir()
    twin = Twin(standin, Suite(folder), regions[:1])
    twin.write(judged_as="dev")
    environment = load_environment(str(twin.file))
    twin.contract.write_text(json.dumps(contract(*tables)), encoding="utf-8")
    deployment = Deployment(environment, standin.endpoint)
    deploy_tables(deployment, load_declared(environment, twin.contract))
    return twin.file


@contextmanager
def _locked(folder):
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _joined(outcomes):
    """The outcomes of the checks of one criterion about one subject, worst first."""
    return ", ".join(sorted(outcomes, key=_ORDER.index))


def _said(finding):
    """What counts of a finding: the reason only where nothing was decided."""
    open_ = finding["outcome"] == "NOT_ASSESSED"
    return finding["outcome"], finding["reason"] if open_ else ""
