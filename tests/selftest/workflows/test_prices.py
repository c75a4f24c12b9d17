"""`python -m conformance prices`: looked up, written in one piece, or one message."""

import tomllib

import pytest

from conformance.__main__ import main
from conformance.config.declared.costs import PRICES
from conformance.config.file_reader import load

REGIONS = ("eu-west-1", "af-south-1")


@pytest.fixture
def priced(twin):
    """An environment of a stand-in, by the command that names it."""
    twin.write(allows=["read"])
    return ["prices", f"--env={twin.file}", "--regions", "eu-west-1"]


@pytest.fixture
def prices(priced, tmp_path, aws):
    """Look up prices in a stand-in, and write them to a file of the test's own."""
    file = tmp_path / "prices.toml"

    def run(*regions, **settings):
        aws.control("settings", {"prices": settings})
        try:
            return main([*priced[:-1], *regions, f"--output={file}"])
        finally:
            aws.control("settings", {"prices": {"missing": [], "doubled": []}})

    run.file = file
    return run


def told(capsys):
    """Return the message of bad input."""
    return capsys.readouterr().err


def test_every_charge_has_a_dated_price(prices):
    """Both regions are complete, valid by the schema, and name their source."""
    assert prices(*REGIONS) == 0
    found = load(prices.file, "prices")
    assert set(found) == set(REGIONS)
    for region in REGIONS:
        assert all("usd" in price for price in found[region].values())
    reads = found["eu-west-1"]["reads"]
    assert reads["usd"] == 0.125
    assert str(reads["date"]) == "2026-01-02"
    assert "GetProducts, AmazonDynamoDB, EU-ReadRequestUnits" in reads["source"]
    assert found["eu-west-1"]["storage"]["usd"] == 0.25
    assert found["eu-west-1"]["backup"]["usd"] == 0.1
    assert "EU-AFS1-AWS-Out-Bytes" in found["eu-west-1"]["transfer"]["source"]
    header = prices.file.read_text(encoding="utf-8").splitlines()
    assert header[0].startswith("#:schema ")
    assert header[0].endswith("promotion/prices.schema.json")


def test_a_transfer_needs_a_second_region(prices, capsys):
    """With one region it stays open, and is told."""
    assert prices("eu-west-1") == 0
    assert load(prices.file, "prices")["eu-west-1"]["transfer"] == {}
    assert "transfer          : open" in capsys.readouterr().out


def test_other_regions_of_the_file_stay(prices):
    """Only the regions that are named are looked up."""
    text = PRICES.read_text(encoding="utf-8")
    before = tomllib.loads(text)
    prices.file.write_text(text, encoding="utf-8")
    assert prices("af-south-1") == 0
    found = load(prices.file, "prices")
    assert found["eu-west-1"] == before["eu-west-1"]
    assert found["af-south-1"]["reads"]["usd"] == 0.125
    comments = [line for line in text.splitlines() if line.startswith("#   ")]
    assert all(line in prices.file.read_text(encoding="utf-8") for line in comments)


def test_every_price_that_is_not_found_or_found_twice_is_told(prices, capsys):
    """One message has all of them, and the file is as it was."""
    prices.file.write_text("", encoding="utf-8")
    status = prices(
        *REGIONS,
        missing=["ReadRequestUnits", "AWS-Out-Bytes"],
        doubled=["TimedPITRStorage-ByteHrs"],
    )
    said = told(capsys)
    assert status == 4
    assert prices.file.read_text(encoding="utf-8") == ""
    assert [file.name for file in prices.file.parent.glob("*prices*")] == [
        "prices.toml"
    ]
    for region in REGIONS:
        assert f"reads in {region} (AmazonDynamoDB): no price was found" in said
        assert f"pitr in {region} (AmazonDynamoDB): 2 prices were found" in said
    assert "transfer from eu-west-1 to af-south-1: no price was found" in said


def test_a_region_that_does_not_exist_is_told(prices, capsys):
    """Before anything is sent."""
    assert prices("eu-wst-1", "af-south-1") == 4
    assert "eu-wst-1: no such region of DynamoDB; did you mean" in told(capsys)
    assert not prices.file.exists()


def test_a_refused_request_is_one_message(prices, twin, capsys):
    """A denial is no price."""
    twin.fault(operation="GetProducts", code="AccessDeniedException", status=400)
    assert prices(*REGIONS) == 4
    assert "nothing was written: pricing:GetProducts" in told(capsys)
    assert not prices.file.exists()


def test_a_file_that_cannot_be_written_is_one_message(priced, capsys, tmp_path):
    """The folder is missing."""
    output = tmp_path / "nowhere" / "prices.toml"
    assert main([*priced, f"--output={output}"]) == 4
    assert f"{output}: cannot be written" in told(capsys)


def test_prices_of_a_stand_in_do_not_enter_the_shipped_file(priced, capsys):
    """They are made up."""
    before = PRICES.read_bytes()
    assert main(priced) == 4
    assert "is no AWS, and its prices are nobody's" in told(capsys)
    assert main(["prices", "--env=local", "--regions", "eu-west-1"]) == 4
    assert "each run starts a stand-in of its own" in told(capsys)
    assert PRICES.read_bytes() == before


def test_without_credentials_the_message_says_what_to_do(monkeypatch, tmp_path, capsys):
    """Without --env the default credential chain of AWS is used."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "of-another-machine")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    output = tmp_path / "prices.toml"
    arguments = ["prices", "--regions", "eu-west-1", f"--output={output}"]
    assert main(arguments) == 4
    said = told(capsys)
    assert said.startswith("ERROR: cannot reach AWS: nothing was read or written")
    assert "of-another-machine" in said
    assert not output.exists()
