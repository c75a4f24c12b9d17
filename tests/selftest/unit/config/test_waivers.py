import pytest

from conformance.__main__ import main
from conformance.config.criteria import load_catalogue
from conformance.config.environment import FOLDER
from conformance.config.waivers import load_attestations, load_waivers

WAIVER = """
[[waivers]]
environment = "sit"
criterion = "{criterion}"
subject = "orders"
region = "eu-west-1"
observed = "11"
reason = "Agreed until the next release."
owner = "DBA"
ticket = "OPS-1"
expires = {expires}
"""
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


def waivers(file):
    """The waivers of a file."""
    return load_waivers(load_catalogue(), file)


def attestations(file):
    """The attestations of a file."""
    return load_attestations(load_catalogue(), (), file)


def test_waivers_name_criteria_and_days(problems):
    """Unknown criteria and expiries that are no dates are reported together."""
    text = WAIVER.format(criterion="GSI-44", expires='"2026-03-31"')
    text += WAIVER.format(criterion="GSI-4", expires="2026-03-31T00:00:00Z")
    assert problems(waivers, "waivers.toml", text) == [
        (
            "waivers[0].expires is '2026-03-31'; expected: a date without quotes and "
            "time, such as 2026-03-31"
        ),
        (
            "waivers[1].expires is '2026-03-31 00:00:00+00:00'; expected: a date "
            "without quotes and time, such as 2026-03-31"
        ),
        (
            "waivers[0].criterion is 'GSI-44'; expected: a criterion of "
            "promotion/criteria.toml that can be waived. Did you mean 'GSI-4'?"
        ),
    ]


def test_a_waiver_without_expiry_is_refused(problems):
    """Nothing is accepted for ever."""
    text = WAIVER.replace("expires = {expires}", "").format(criterion="GSI-4")
    assert problems(waivers, "waivers.toml", text) == [
        (
            "waivers[0].expires is missing; expected: the last day it holds, UTC, such "
            "as 2026-03-31"
        )
    ]


def test_attestations_name_what_people_can_say(problems):
    """What is unknown, and what a check decides, cannot be attested."""
    days = {"date": "2026-01-12", "expires": "2026-12-31"}
    text = "".join(
        ATTESTATION.format(subject=subject, **days)
        for subject in ("GOV-2", "GOV-14", "GOV-99", "ASM-7", "ASM-99")
    )
    found = problems(attestations, "attestations.toml", text)
    assert [line.split(";")[0] for line in found] == [
        "attestations[1].subject is 'GOV-14'",
        "attestations[2].subject is 'GOV-99'",
        "attestations[4].subject is 'ASM-99'",
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

    def attest(subject):
        options_ = [f"--env={environment}", f"--file={file}", *options]
        return main(["attest", subject, *options_]), file

    return attest


@pytest.mark.parametrize("what", ["GOV-2", "ASM-7", "ASM-160"])
def test_people_attest_what_only_they_can_say(attest, what):
    """A criterion, an assumption of the contract, and one of what stands around."""
    status, file = attest(what)
    assert status == 0
    assert f'subject     = "{what}"' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", ["GOV-99", "TBL-1", "ASM-999"])
def test_nobody_attests_what_there_is_not(attest, capsys, what):
    """The message says what may be attested, and nothing is written."""
    status, file = attest(what)
    assert status == 4
    assert f"{what} cannot be attested; allowed: " in capsys.readouterr().err
    assert not file.exists()
