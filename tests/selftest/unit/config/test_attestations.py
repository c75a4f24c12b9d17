"""Attestations decide what no check can, for as long as it is what was seen."""

import datetime as dt
from dataclasses import replace

import pytest

from conformance.__main__ import main
from conformance.config.attestations import Attestation, attested, load_attestations
from conformance.config.criteria import load_catalogue
from conformance.config.environment import FOLDER
from conformance.model.finding import Finding, Outcome

ATTESTATION = """
[[attestations]]
environment = "sit"
subject = "{subject}"
statement = "The schemas were reviewed."
who = "A. Person"
role = "DBA"
date = {date}
evidence = "https://example.com/review"
expires = {expires}
"""


def attestations(file):
    """The attestations of a file."""
    return load_attestations(load_catalogue(), (), file)


def test_attestations_name_what_people_can_say(problems):
    """What is unknown, and what a check decides, cannot be attested."""
    days = {"date": "2026-01-12", "expires": "2026-12-31"}
    text = "".join(
        ATTESTATION.format(subject=subject, **days)
        for subject in ("GOV-2", "GOV-14", "GOV-99", "ASM-7", "ASM-99")
    )
    found = problems(attestations, "attestations.toml", text)
    assert [line.split(";")[0] for line in found] == [
        "attestations[2].subject is 'GOV-99'",
        "attestations[4].subject is 'ASM-99'",
        "attestations[1] is about GOV-14, which a check decides",
    ]


def test_attestations_end_after_they_begin(problems):
    """An attestation that expires before it was made is refused."""
    days = {"date": "2026-01-12", "expires": "2026-01-11"}
    text = ATTESTATION.format(subject="GOV-2", **days)
    assert problems(attestations, "attestations.toml", text) == [
        (
            "attestations[0].expires is 2026-01-11; expected: not before its date, "
            "2026-01-12"
        )
    ]


@pytest.fixture
def attest(tmp_path):
    """Attest something of SIT, whose file is elsewhere; the status and the file."""
    environment = tmp_path / "mine.toml"
    shipped = (FOLDER / "sit.toml").read_text(encoding="utf-8")
    environment.write_text(f'judged_as = "sit"\n{shipped}', encoding="utf-8")
    file = tmp_path / "attestations.toml"
    words = {"who": "A. Person", "role": "DBA", "statement": "It was reviewed."}
    words |= {"evidence": "https://example.com/review", "expires": "2099-12-31"}
    options = [f"--{name}={value}" for name, value in words.items()]

    def attest(subject, *more):
        options_ = [f"--env={environment}", f"--file={file}", *options, *more]
        return main(["attest", subject, *options_]), file

    return attest


@pytest.mark.parametrize("what", ["GOV-2", "ASM-7", "ASM-160"])
def test_people_attest_what_only_they_can_say(attest, what):
    """A criterion, an assumption of the contract, and one of what stands around."""
    status, file = attest(what)
    assert status == 0
    assert f'subject     = "{what}"' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", ["GOV-99", "ASM-999"])
def test_nobody_attests_what_there_is_not(attest, capsys, what):
    """The message says what may be attested, and nothing is written."""
    status, file = attest(what)
    assert status == 4
    assert f"{what} cannot be attested; allowed: " in capsys.readouterr().err
    assert not file.exists()


OF_FINDING = ("--about=users", "--region=eu-west-1", f"--seen={'0' * 16}")


def test_a_setting_that_was_not_understood_is_attested_by_its_hash(attest):
    """Criterion, subject, region and hash name the finding that it decides."""
    status, file = attest("MON-2", *OF_FINDING)
    assert status == 0
    (found,) = attestations(file)
    assert found.subject == "MON-2"
    assert (found.about, found.region, found.seen) == ("users", "eu-west-1", "0" * 16)


@pytest.mark.parametrize("missing", OF_FINDING)
def test_what_a_check_decides_is_not_attested_in_general(attest, capsys, missing):
    """Without the finding that it is about, an attestation of a check is refused."""
    status, file = attest("TBL-1", *(set(OF_FINDING) - {missing}))
    assert status == 4
    assert "which a check decides" in capsys.readouterr().err
    assert not file.exists()


def test_what_no_check_decides_has_no_finding(attest, capsys):
    """A statement about a review names no setting."""
    status, file = attest("GOV-2", *OF_FINDING)
    assert status == 4
    assert "which no check decides" in capsys.readouterr().err
    assert not file.exists()


TODAY = dt.date(2026, 3, 1)
FINDING = Finding(
    criterion="MON-2",
    test="t",
    subject="users",
    region="eu-west-1",
    outcome=Outcome.NOT_ASSESSED,
    reason="the alarm a uses RATE()",
    seen="0" * 16,
)
DECIDES = Attestation(
    environment="sit",
    subject="MON-2",
    statement="It counts throttles.",
    who="sample",
    role="DBA",
    date=TODAY,
    evidence="https://example.com",
    expires=TODAY,
    about="users",
    region="eu-west-1",
    seen="0" * 16,
)


def outcome(finding=FINDING, environment="sit", **changes):
    """Return the finding as an attestation with these changes leaves it."""
    return attested(finding, [replace(DECIDES, **changes)], environment, TODAY)


def test_a_finding_is_attested_for_the_setting_that_was_seen():
    """The statement and the setting stand in the reason."""
    found = outcome()
    assert found.outcome is Outcome.ATTESTED
    assert found.reason.startswith("DBA sample, 2026-03-01: It counts throttles.")
    assert "the alarm a uses RATE()" in found.reason


def test_an_attestation_lapses_when_the_setting_changes():
    """Another value has another hash, and the finding says what lapsed."""
    found = outcome(replace(FINDING, seen="1" * 16))
    assert found.outcome is Outcome.NOT_ASSESSED
    assert "the attestation of 2026-03-01 is about another one" in found.reason


def test_an_attestation_lapses_when_it_expires():
    """The day after its last day it decides nothing."""
    found = outcome(expires=TODAY - dt.timedelta(days=1))
    assert found.outcome is Outcome.NOT_ASSESSED
    assert "expired" in found.reason


@pytest.mark.parametrize(
    "changes", [{"subject": "MON-3"}, {"about": "orders"}, {"region": "eu-west-2"}]
)
def test_an_attestation_of_something_else_decides_nothing(changes):
    """Criterion, subject and region must all be the finding's."""
    assert outcome(**changes) == FINDING


@pytest.mark.parametrize("other", ["FAIL", "ERROR", "PASS"])
def test_only_what_was_not_understood_is_attested(other):
    """A failure is for a waiver, and an error is for nobody."""
    finding = replace(FINDING, outcome=Outcome(other))
    assert outcome(finding) == finding


def test_a_check_that_could_not_look_is_not_attested():
    """Without a setting that was seen, nothing was seen to be right."""
    finding = replace(FINDING, seen="")
    assert outcome(finding, seen="") == finding
