"""An environment against the one before it, and before there is any."""

import json

import pytest

from tests.selftest.twin_env import Suite, Twin

KEY, INDEXES, SETTINGS = (
    "test_primary_key_is_as_in_the_previous_environment",
    "test_indexes_are_as_in_the_previous_environment",
    "test_settings_are_as_in_the_previous_environment",
)


@pytest.fixture(scope="module")
def dev(aws, two_tables, tmp_path_factory):
    """The previous environment, as declared."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("dev")))
    twin.write(judged_as="dev")
    twin.deploy(two_tables)
    return twin


@pytest.fixture
def sit(aws, suite, dev):
    """An environment that was promoted from it, not yet deployed."""
    twin = Twin(aws, suite)
    twin.write(previous=str(dev.file))
    return twin


def outcomes(result, outcome):
    """Check and subject of every finding with this outcome."""
    return {
        (it["test"].partition("::")[2].partition("[")[0], it["subject"])
        for it in result.run["findings"]
        if it["outcome"] == outcome
    }


def test_what_was_promoted_passes(sit, dev, two_tables):
    """Equal tables pass, the other environment being read in its own account."""
    sit.deploy(two_tables)
    result = sit.judge("TBL-9")
    assert result.run["criteria"]["TBL-9"] == "PASS"
    asked = {it["account"] for it in dev.calls() if it["operation"] == "DescribeTable"}
    assert asked == {dev.account}


def _another_key(tables):
    tables["users"]["partition_key"]["type"] = "N"


def _another_projection(tables):
    tables["users"]["indexes"]["UsersByEmail"]["projection"] = {"type": "KEYS_ONLY"}


def _shorter_recovery(tables):
    tables["campaigns"]["point_in_time_recovery"]["days"] = 7


def _no_recovery(tables):
    tables["campaigns"]["point_in_time_recovery"]["status"] = "DISABLED"


def _another_key_class(tables):
    tables["users"]["encryption"] = "AWS_OWNED"


DIFFERENT = {
    "another key type": (_another_key, (KEY, "users")),
    "another projection": (_another_projection, (INDEXES, "users")),
    "shorter recovery": (_shorter_recovery, (SETTINGS, "campaigns")),
    "no recovery": (_no_recovery, (SETTINGS, "campaigns")),
    "AWS-owned key": (_another_key_class, (SETTINGS, "users")),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_differs_fails_and_blocks_nothing(sit, two_tables, case):
    """A difference is a FAIL of the check about it; TBL-9 is advisory: status 0."""
    alter, failing = DIFFERENT[case]
    sit.deploy(two_tables, alter)
    result = sit.judge("TBL-9")
    assert outcomes(result, "FAIL") == {failing}
    assert result.status == 0


def test_an_environment_without_a_previous_one_is_not_assessed(sit, two_tables):
    """The report says which line to add."""
    sit.write()
    sit.deploy(two_tables)
    result = sit.judge("TBL-9")
    (reason,) = result.reasons("TBL-9", "NOT_ASSESSED")
    assert 'names no previous environment; add for example previous = "dev"' in reason


UNREACHABLE = {
    "no such file": ({"previous": "gone.toml"}, "there is no such file"),
    "no such name": ({"previous": "nowhere"}, "there is no such environment"),
    "on AWS": ({"previous": "dev"}, "they cannot be compared"),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_previous_environment_out_of_reach_is_not_assessed(sit, two_tables, case):
    """What cannot be reached says why; a local run never turns to AWS for it."""
    keys, why = UNREACHABLE[case]
    sit.write(**keys)
    sit.deploy(two_tables)
    result = sit.judge("TBL-9")
    (reason,) = result.reasons("TBL-9", "NOT_ASSESSED")
    assert why in reason


def test_another_account_than_the_previous_ones_is_not_read(
    aws, suite, sit, two_tables
):
    """The previous environment's own account is asserted before it is read."""
    other = Twin(aws, suite)
    other.write(judged_as="dev", access_key_id="999999999999")
    sit.write(previous=str(other.file))
    sit.deploy(two_tables)
    result = sit.judge("TBL-9")
    (reason,) = result.reasons("TBL-9", "NOT_ASSESSED")
    assert "wrong account" in reason
    assert "found    : 999999999999" in reason


def test_a_table_that_is_missing_there_is_not_assessed(aws, suite, sit, two_tables):
    """A new table has nothing to be compared with."""
    empty = Twin(aws, suite)
    empty.write(judged_as="dev")
    sit.write(previous=str(empty.file))
    sit.deploy(two_tables)
    result = sit.judge("TBL-9")
    assert result.reasons("TBL-9", "NOT_ASSESSED") == {
        f"{empty.table(it)} is missing in {empty.file.stem}"
        for it in ("campaigns", "users")
    }


# What is denied in the previous environment, and the checks that rest on it.
DENIED = {
    "DescribeTable": {KEY, INDEXES, SETTINGS},
    "DescribeTimeToLive": {SETTINGS},
    "DescribeContinuousBackups": {SETTINGS},
    "DescribeKey": {SETTINGS},
}


@pytest.fixture
def struck(aws, dev):
    """Deny an operation on the previous environment's users, until the test is over."""

    def strike(operation):
        of_users = {} if operation == "DescribeKey" else {"table": dev.table("users")}
        denied = {"code": "AccessDeniedException", "status": 400}
        dev.fault(operation=operation, **of_users, **denied)

    yield strike
    aws.control("faults/clear", {})


@pytest.mark.parametrize("operation", DENIED)
def test_what_cannot_be_read_there_is_an_error(sit, two_tables, struck, operation):
    """A denied read in the previous environment is an ERROR of what rests on it."""
    sit.deploy(two_tables)
    struck(operation)
    result = sit.judge("TBL-9")
    errors = outcomes(result, "ERROR")
    assert {check for check, _ in errors} == DENIED[operation]
    assert errors >= {(check, "users") for check in DENIED[operation]}
    assert outcomes(result, "FAIL") == set()


@pytest.fixture
def prod(aws, suite, two_tables):
    """A two-region environment that is declared and not deployed."""
    twin = Twin(aws, suite, ("af-south-1", "eu-west-1"))
    twin.write(judged_as="prod")
    twin.contract.write_text(json.dumps(two_tables), encoding="utf-8")
    return twin


def before(twin, *criteria):
    """Decide these criteria as before a first deployment."""
    return twin.run("-k", " or ".join(criteria), "--phase", "pre")


def test_before_the_first_deployment_nothing_is_there(prod):
    """With --phase pre, IDN-1 to IDN-4 run in both regions, and nothing else does."""
    result = before(prod, "IDN-1", "IDN-2", "IDN-4", "TBL", "REP")
    run = {(it["criterion"], it["region"]) for it in result.run["findings"]}
    assert run == {
        (it, region)
        for it in ("IDN-1", "IDN-2", "IDN-4")
        for region in ("af-south-1", "eu-west-1")
    }
    assert {it["outcome"] for it in result.run["findings"]} == {"PASS"}


def test_a_table_that_is_there_already_fails_in_its_region(prod):
    """One table left behind in the replica's region is enough."""
    prod.client("dynamodb", "eu-west-1").create_table(
        TableName=prod.table("users"),
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    result = before(prod, "IDN-4")
    assert [(it["region"], it["outcome"]) for it in result.run["findings"]] == [
        ("af-south-1", "PASS"),
        ("eu-west-1", "FAIL"),
    ]
    assert f"observed: {prod.table('users')}" in result.output
    assert result.status == 1


def test_a_denied_list_of_tables_is_an_error(aws, prod):
    """No permission to list is no proof that there is nothing."""
    prod.fault(operation="ListTables", code="AccessDeniedException", status=400)
    result = before(prod, "IDN-4")
    aws.control("faults/clear", {})
    assert {it["outcome"] for it in result.run["findings"]} == {"ERROR"}


def test_without_the_phase_it_is_deselected(prod):
    """A deployed environment is not judged by what holds before its deployment."""
    result = prod.judge("IDN-1", "IDN-4")
    assert {it["criterion"] for it in result.run["findings"]} == {"IDN-1"}
