"""A recording is judged as the environment was that it is of, and is no evidence."""

import json

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.gate.accepted_evidence import refusals
from conformance.gate.sealed_run import read_run
from tests.selftest.twin_env import Suite
from tests.selftest.twins.recorded_env import ASKS_NOBODY

OPEN = {
    "sit": {"ENC-4"},
    "prod": {"ENC-4", "COS-1"},  # no price is known in one of its regions
}
PROBES = {
    *("BKP-1", "CRU-1", "CRU-2", "CRU-3", "CRU-4", "CRU-5", "CRU-6", "INT-2"),
    *("QRY-1", "QRY-2", "QRY-3", "QRY-4", "REP-3", "REP-4", "SEC-3", "ENC-4"),
}
SAID = ("outcome", "reason", "observed", "declared", "numbers", "requirement")


@pytest.mark.parametrize("name", OPEN)
def test_a_conforming_environment_conforms_in_a_replay(request, name):
    """All that reads passes; what does more says that nobody is asked."""
    findings = request.getfixturevalue(name).judged_conforming.values()
    decided = [finding for finding in findings if finding["outcome"] != "NOT_ASSESSED"]
    open_ = [finding for finding in findings if finding["outcome"] == "NOT_ASSESSED"]
    others = {
        finding["criterion"]
        for finding in open_
        if ASKS_NOBODY not in finding["reason"]
    }
    assert {finding["outcome"] for finding in decided} == {"PASS", "NOT_APPLICABLE"}
    assert others == OPEN[name]


@pytest.mark.parametrize("name", OPEN)
def test_a_replay_finds_what_the_run_over_http_found(request, name):
    """Every finding that rests on reading is the same, and rests on the same."""
    recorded = request.getfixturevalue(name)
    replayed = recorded.judged_conforming
    asked = {finding["test"]: finding for finding in recorded.recorded_run["findings"]}
    assert asked.keys() == replayed.keys()
    different = {
        test
        for test, finding in asked.items()
        if any(finding[part] != replayed[test][part] for part in SAID)
    }
    assert {asked[test]["criterion"] for test in different} <= PROBES
    for test in asked.keys() - different:
        assert requests(asked[test]) == requests(replayed[test])


@pytest.mark.parametrize("name", OPEN)
def test_every_answer_is_evidence_of_a_finding(request, name):
    """What is computed once and kept has to be read again, or its evidence is lost."""
    recorded = request.getfixturevalue(name)
    evidence = {
        seen["request_id"]
        for finding in recorded.judged_conforming.values()
        for seen in finding["observations"]
    }
    lost = {
        key[2]
        for key, answer in recorded.recording.answers.items()
        if not evidence.intersection(seen.request_id for seen in answer.observations)
    }
    # Budgets are read ahead, and rested on only where no anomaly monitor alerts.
    assert lost <= {"DescribeBudgets"}


def requests(finding):
    """What a finding rests on; only a run over HTTP asserts whom it asks."""
    asked = [
        (request["operation"], request["request_id"])
        for request in finding["observations"]
    ]
    return [request for request in asked if request[0] != "GetCallerIdentity"]


def test_what_the_recording_lacks_is_not_assessed(sit):
    """A request that the run did not make is named, and decides nothing."""
    answers = sit.answers()
    answers.forget("DescribeTimeToLive", "users-")
    judged = sit.judge(answers)
    assert judged == {"TBL-6 users": "NOT_ASSESSED", "TBL-9 users": "NOT_ASSESSED"}
    (reason,) = judged.reasons("TBL-6 users")
    assert "has no answer to dynamodb:DescribeTimeToLive in eu-west-1" in reason


@pytest.fixture(scope="module")
def replay(sit, tmp_path_factory):
    """A replay from the command line, without credentials or anybody to ask."""
    suite = Suite(tmp_path_factory.mktemp("replay"))
    return suite.run(*sit.arguments, f"--replay={sit.recording.file}", "-n2")


def test_a_replay_is_marked(sit, replay):
    """Header, summary, ledger and run.json say that nobody was asked, and when."""
    made = sit.recording.made_at.isoformat(timespec="seconds")
    assert replay.run["replay"]["made"] == made
    assert replay.run["replay"]["sha256"] == sit.recording.sha256
    note = f"A replay of {sit.recording.file}, recorded"
    assert replay.output.count(note) == 2
    assert replay.run["remarks"][0].startswith(note)
    assert replay.ledger[0]["content"]["replay"] == replay.run["replay"]
    assert replay.found("FAIL") | replay.found("ERROR") == set()
    assert replay.status == 10


def test_no_gate_accepts_a_replay(sit, replay):
    """The gate refuses its folder with the reason; one that hides it is damaged."""
    environment = load_environment(str(sit.file))
    declared = load_declared(environment, sit.contract)
    reasons = list(refusals(read_run(replay.folder), environment, declared))
    assert any("it is a replay of answers recorded" in reason for reason in reasons)
    file = replay.folder / "run.json"
    hidden = json.loads(file.read_text(encoding="utf-8")) | {"replay": None}
    file.write_text(json.dumps(hidden), encoding="utf-8")
    reasons = list(refusals(read_run(replay.folder), environment, declared))
    assert "replay in run.json is not the one in ledger.jsonl" in reasons


def test_a_recording_holds_no_secrets(sit):
    """No session token, secret key or value of an undeclared variable is in it."""
    text = sit.recording_file.read_text(encoding="utf-8")
    for secret in ("no-secret-on-loopback", "SecretAccessKey", "ResponseMetadata"):
        assert secret not in text


REFUSED = {
    "both": (("--record=new", "--replay={file}"), "leave --replay out"),
    "more processes": (("--record=new", "-n2"), "--record needs one process"),
    "an existing file": (("--record={file}",), "the file exists"),
    "no such folder": (("--record=no/folder",), "cannot be written"),
    "drills": (("--replay={file}", "-m", "dr"), "for live checks alone"),
    "the contract": (("--record=new", "-m", "contract"), "for live checks alone"),
    "another environment": (("--replay={file}", "--env=sit"), "another environment"),
    "no recording": (("--replay={toml}",), "this is no recording"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_makes_no_recording_is_refused(sit, suite, what):
    """One message, exit status 4, and nothing is done."""
    arguments, why = REFUSED[what]
    files = {"file": sit.recording.file, "toml": sit.file}
    given = [argument.format(**files) for argument in arguments]
    result = suite.run(*sit.arguments, *given)
    assert why in result.output
    assert result.status == 4
    assert not result.evidence.exists()
