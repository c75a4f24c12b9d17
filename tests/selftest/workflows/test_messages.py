"""What a person mistypes is told in one message: what, where, what is allowed."""

import ast
import json
import socket
import time

import pytest

from tests.selftest.twin_env import ROOT, contract

NOT_OURS = "https://192.0.2.1:9"  # for documentation: nothing routes there


@pytest.fixture
def schemas(tmp_path):
    """Write a contract; return the option that names it."""

    def schemas(text):
        (tmp_path / "contract.json").write_text(text, encoding="utf-8")
        return f"--schemas={tmp_path / 'contract.json'}"

    return schemas


def test_an_unknown_environment(refused):
    """A name that is nearly right is answered with the one that is meant."""
    said = refused("--env", "stit", "-m", "live")
    assert "--env stit: there is no such environment" in said
    assert "dev, dr, local, local-prod, prod, sit" in said
    assert "Did you mean 'sit'?" in said


def test_a_missing_file(refused, tmp_path):
    """A path without a file is named."""
    said = refused(f"--env={tmp_path / 'none.toml'}", "-m", "live")
    assert f"{tmp_path / 'none.toml'}: there is no such file" in said


def test_broken_toml(refused, file):
    """A file that is no TOML is named with the place where it breaks."""
    said = refused(file("account = [\n"), "-m", "live")
    assert "mine.toml: is not valid TOML" in said
    assert "end of document" in said


def test_every_problem_of_an_environment(refused, file):
    """All problems of a file are told at once, with path, allowed and closest match."""
    mistyped = [("regions", "region"), ("815856636111", "81585"), ('"data"', '"date"')]
    said = refused(file(replaced=mistyped), "-m", "live")
    assert "region is not a known field" in said
    assert "Did you mean 'regions'?" in said
    assert 'account is "81585"; expected: an AWS account: 12 digits' in said
    assert "allows[1] is" in said
    assert "allowed: read, data, backup" in said
    assert "Did you mean 'data'?" in said
    assert "regions is missing" in said


def test_a_file_that_does_not_say_whose_criteria_apply(refused, file):
    """`judged_as` is asked for where the file's name does not say it."""
    said = refused(file(replaced=[('judged_as = "sit"', "")]), "-m", "live")
    assert "judged_as is missing; allowed: dev, sit, prod, dr" in said


def test_every_problem_of_a_contract(refused, schemas):
    """All problems of schemas.json are told at once, with path and closest match."""
    document = contract()
    orders = document["tables"]["orders"]
    orders["sort_kye"] = {"name": "created_at", "type": "S"}
    orders["capacity_mode"] = "PAY_PER_REQEST"
    orders["point_in_time_recovery"]["days"] = 36
    del orders["ttl"]
    said = refused(schemas(json.dumps(document)), "--env", "sit", "-m", "live")
    assert "tables.orders.sort_kye is not a known field" in said
    assert "Did you mean 'sort_key'?" in said
    assert "tables.orders.capacity_mode is" in said
    assert "Did you mean 'PAY_PER_REQUEST'?" in said
    assert "tables.orders.point_in_time_recovery.days is 36" in said
    assert "tables.orders.ttl is missing" in said


def test_a_name_that_stands_twice(refused, schemas):
    """A JSON name that stands twice would silently win: it is refused."""
    text = json.dumps(contract())
    twice = text.replace('"tables": {', '"tables": {"users": {}, ', 1)
    said = refused(schemas(twice), "--env", "sit", "-m", "live")
    assert "contract.json: is not valid JSON: 'users'" in said
    assert "one object" in said


def test_a_missing_contract(refused, tmp_path):
    """A contract that is not there is named."""
    said = refused(f"--schemas={tmp_path / 'none.json'}", "--env", "sit", "-m", "live")
    assert "none.json: there is no such file" in said


def test_no_credentials(refused):
    """Without credentials: where they come from, and how to work without."""
    said = refused("--env", "sit", "-m", "live")
    assert "no credentials were found" in said
    assert "aws sso login" in said
    assert "pytest --env local -m live" in said


def test_an_unknown_profile(refused, file):
    """A profile that does not exist is named."""
    said = refused(file('profile = "nobodys"'), "-m", "live")
    assert "nobodys" in said
    assert "aws configure sso --profile nobodys" in said


def test_half_credentials(refused):
    """A key without its secret is a matter of configuration, and no traceback."""
    said = refused("--env", "sit", "-m", "live", env={"AWS_ACCESS_KEY_ID": "AKIA"})
    assert "cannot reach --env sit" in said


def test_an_expired_token(twin, refused):
    """An expired token is called that, with the way to a new one."""
    twin.fault(service="sts", expired_token=True)
    twin.contract.write_text(json.dumps(contract()), encoding="utf-8")
    said = refused(*twin.arguments())
    assert "the session token has expired (ExpiredToken" in said
    assert "aws sso login" in said


def test_another_accounts_key(twin, refused):
    """With a key of another account both numbers are shown, and nothing is read."""
    twin.write(account="815856636111")
    twin.contract.write_text(json.dumps(contract()), encoding="utf-8")
    said = refused(*twin.arguments())
    assert "wrong account" in said
    assert "expected : 815856636111" in said
    assert f"found    : {twin.account}" in said
    assert [call["operation"] for call in twin.calls()] == ["GetCallerIdentity"]


def test_a_primary_region_that_is_off(aws, twin, refused):
    """A primary region that is off is told, with the command that enables it."""
    twin.regions = ("af-south-1",)
    twin.write()
    twin.contract.write_text(json.dumps(contract()), encoding="utf-8")
    aws.control("settings", {"regions": {"off": [f"{twin.account}/af-south-1"]}})
    said = refused(*twin.arguments())
    assert "af-south-1 does not know these credentials" in said
    assert "aws account enable-region --region-name af-south-1" in said


def test_a_closed_port(file, refused):
    """A port that nobody listens on is told at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    endpoint = f'endpoint_url = "http://127.0.0.1:{port}"'
    said = refused(file(endpoint), "-m", "live")
    assert "the endpoint does not answer" in said
    assert f"http://127.0.0.1:{port}" in said


def test_an_endpoint_that_says_nothing(file, refused):
    """An endpoint that accepts and never answers is given up within seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f'endpoint_url = "http://127.0.0.1:{server.getsockname()[1]}"'
        said = refused(file(endpoint), "-m", "live")
    assert "the endpoint does not answer (ReadTimeoutError)" in said


def test_a_key_for_an_endpoint_that_is_not_on_loopback(file, refused):
    """A dummy key is refused for anything but this machine."""
    more = f'endpoint_url = "{NOT_OURS}"\naccess_key_id = "815856636111"'
    said = refused(file(more), "-m", "live")
    assert "access_key_id is for loopback endpoints only" in said


def test_a_target_that_would_be_loosened(file, refused):
    """An environment may tighten a target, and never loosen it."""
    said = refused(file("[targets]\nindex_delay_ms = 99999"), "-m", "live")
    assert "would loosen the declared" in said


def test_a_contract_that_contradicts_the_plan(suite, schemas):
    """A check of the contract fails by a sentence, and shows no code."""
    document = contract()
    document["plan"]["tables"] = 7
    result = suite.run(schemas(json.dumps(document)), "-k", "test_plan")
    assert result.status == 1, result.output
    counted = "schemas.json declares 5 tables; the promotion plan counts 7"
    assert f"\n{counted}\n" in result.output
    assert "assert " not in result.output


def test_each_check_of_the_contract_fails_by_a_sentence():
    """Every assertion that decides no criterion has a message of its own."""
    files = sorted((ROOT / "tests" / "contract").glob("test_*.py"))
    silent = [
        f"{file.name}:{node.lineno}"
        for file in files
        if file.name != "test_terraform.py"  # its findings compare two facts
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert len(files) > 5
    assert silent == []


OPTIONS = {
    "drills in parallel": (["-m", "dr", "-n", "2"], "-m dr refuses -n"),
    "loadgroup": (["-m", "live", "-n", "2", "--dist", "loadgroup"], "does nothing"),
    "too many workers": (["-m", "live", "-n", "20"], "use -n 8 or fewer"),
    "misspelt marker": (["-m", "lvie"], "Did you mean 'live'?"),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_options_that_would_mislead(refused, what):
    """Options that would make a result wrong without a word are refused."""
    arguments, said = OPTIONS[what]
    assert said in refused("--env", "local", *arguments)


OFFLINE = ("-p", "tests.selftest.offline")


def test_collection_asks_nobody(suite):
    """The checks of SIT are listed without credentials, network and run folder."""
    result = suite.run(*OFFLINE, "--env=sit", "-m", "live", "--collect-only", "-q")
    assert result.status == 0
    assert "test_table_is_active[TBL-1-eu-west-1-orders]" in result.output
    assert not result.evidence.exists()


def test_plain_pytest_asks_nobody_and_is_quick(suite):
    """`pytest` alone runs the contract, in under 10 s, without network."""
    began = time.monotonic()
    result = suite.run(*OFFLINE)
    assert result.status == 0, result.output
    assert " passed" in result.output
    assert not result.evidence.exists()
    assert time.monotonic() - began < 20  # 10 s on a machine that does nothing else


def test_whoever_uses_the_network_is_caught(suite):
    """The positive control: a run that asks somebody ends under the same plugin."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    result = suite.run(*OFFLINE, "--env", "sit", "-m", "live", env=keys)
    assert result.status == 70
    assert "socket." in result.output
