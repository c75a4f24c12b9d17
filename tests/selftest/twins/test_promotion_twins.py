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
def promoted(aws, suite, dev):
    """An environment that was promoted from it, not yet deployed."""
    twin = Twin(aws, suite)
    twin.write(previous=str(dev.file))
    return twin


def outcomes(findings, outcome):
    """Check and subject of every finding with this outcome."""
    return {
        (finding["test"].partition("::")[2].partition("[")[0], finding["subject"])
        for finding in findings
        if finding["outcome"] == outcome
    }


def test_what_was_promoted_passes(promoted, dev, two_tables):
    """Equal tables pass, the other environment being read in its own account."""
    promoted.deploy(two_tables)
    result = promoted.judge("TBL-9")
    assert result.run["criteria"]["TBL-9"] == "PASS"
    asked = {
        call["account"] for call in dev.calls() if call["operation"] == "DescribeTable"
    }
    assert asked == {dev.account}


def _there(answers, name="users"):
    """What DescribeTable says of a table of the previous environment."""
    return answers.previous["DescribeTable", f'"{name}-']["Table"]


def _recovery_there(answers):
    """What DescribeContinuousBackups says of campaigns there."""
    description = answers.previous["DescribeContinuousBackups", "campaigns-"]
    return description["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


def _another_key(answers):
    (first, *_) = _there(answers)["AttributeDefinitions"]
    first["AttributeType"] = "N"


def _another_projection(answers):
    index = _there(answers)["GlobalSecondaryIndexes"][0]
    index["Projection"] = {"ProjectionType": "KEYS_ONLY"}


DIFFERENT = {
    "another key type": (_another_key, (KEY, "users")),
    "another projection": (_another_projection, (INDEXES, "users")),
    "shorter recovery": (
        lambda it: _recovery_there(it).update(RecoveryPeriodInDays=7),
        (SETTINGS, "campaigns"),
    ),
    "no recovery": (
        lambda it: _recovery_there(it).update(PointInTimeRecoveryStatus="DISABLED"),
        (SETTINGS, "campaigns"),
    ),
    "AWS-owned key": (
        lambda it: _there(it).pop("SSEDescription"),
        (SETTINGS, "users"),
    ),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_differs_fails_and_blocks_nothing(sit, case):
    """A difference is a FAIL of the check about it; TBL-9 is advisory: status 0."""
    alter, failing = DIFFERENT[case]
    answers = sit.answers()
    alter(answers)
    judged = sit.judge(answers)
    assert judged == {f"TBL-9 {failing[1]}": "FAIL"}
    assert outcomes(judged.findings, "FAIL") == {failing}
    assert judged.status == 0


def test_an_environment_without_a_previous_one_is_not_assessed(promoted, two_tables):
    """The report says which line to add."""
    promoted.write()
    promoted.deploy(two_tables)
    result = promoted.judge("TBL-9")
    (reason,) = result.reasons("TBL-9", "NOT_ASSESSED")
    assert 'names no previous environment; add for example previous = "dev"' in reason


UNREACHABLE = {
    "no such file": ({"previous": "gone.toml"}, "there is no such file"),
    "no such name": ({"previous": "nowhere"}, "there is no such environment"),
    "on AWS": ({"previous": "dev"}, "they cannot be compared"),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_previous_one_out_of_reach_is_not_assessed(promoted, two_tables, case):
    """What cannot be reached says why; a local run never turns to AWS for it."""
    keys, why = UNREACHABLE[case]
    promoted.write(**keys)
    promoted.deploy(two_tables)
    result = promoted.judge("TBL-9")
    (reason,) = result.reasons("TBL-9", "NOT_ASSESSED")
    assert why in reason


def test_another_account_than_the_previous_ones_is_not_read(
    aws, suite, promoted, two_tables
):
    """The previous environment's own account is asserted before it is read."""
    other = Twin(aws, suite)
    other.write(judged_as="dev", access_key_id="999999999999")
    promoted.write(previous=str(other.file))
    promoted.deploy(two_tables)
    result = promoted.judge("TBL-9")
    (reason,) = result.reasons("TBL-9", "NOT_ASSESSED")
    assert "wrong account" in reason
    assert "found    : 999999999999" in reason


def test_a_table_that_is_missing_there_is_not_assessed(sit):
    """A new table has nothing to be compared with."""
    answers = sit.answers()
    previous = answers.previous
    previous.fail("DescribeTable", code="ResourceNotFoundException")
    judged = sit.judge(answers)
    tables = ("campaigns", "users")
    assert judged == {f"TBL-9 {table}": "NOT_ASSESSED" for table in tables}
    name, account = previous.recording.environment, previous.recording.account
    assert {reason for key in judged for reason in judged.reasons(key)} == {
        f"{table}-{account} is missing in {name}" for table in tables
    }


# What is denied in the previous environment, and the checks that rest on it.
DENIED = {
    "DescribeTable": {KEY, INDEXES, SETTINGS},
    "DescribeTimeToLive": {SETTINGS},
    "DescribeContinuousBackups": {SETTINGS},
    "DescribeKey": {SETTINGS},
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_cannot_be_read_there_is_an_error(sit, operation):
    """A denied read in the previous environment is an ERROR of what rests on it."""
    answers = sit.answers()
    answers.previous.fail(operation, *([] if "Key" in operation else ["users-"]))
    judged = sit.judge(answers)
    assert set(judged.values()) == {"ERROR"}
    errors = outcomes(judged.findings, "ERROR")
    assert {check for check, _ in errors} == DENIED[operation]
    assert errors >= {(check, "users") for check in DENIED[operation]}


def test_what_is_denied_there_over_http_is_an_error(aws, promoted, dev, two_tables):
    """A denied read in the previous account is an ERROR here, and no FAIL."""
    promoted.deploy(two_tables)
    dev.fault(
        operation="DescribeTimeToLive",
        table=dev.table("users"),
        code="AccessDeniedException",
        status=400,
    )
    result = promoted.judge("TBL-9")
    aws.control("faults/clear", {})
    assert outcomes(result.run["findings"], "ERROR") == {(SETTINGS, "users")}
    assert outcomes(result.run["findings"], "FAIL") == set()


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
    run = {
        (finding["criterion"], finding["region"]) for finding in result.run["findings"]
    }
    assert run == {
        (criterion, region)
        for criterion in ("IDN-1", "IDN-2", "IDN-4")
        for region in ("af-south-1", "eu-west-1")
    }
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}


def test_a_table_that_is_there_already_fails_in_its_region(prod):
    """One table left behind in the replica's region is enough."""
    prod.client("dynamodb", "eu-west-1").create_table(
        TableName=prod.table("users"),
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    result = before(prod, "IDN-4")
    assert [
        (finding["region"], finding["outcome"]) for finding in result.run["findings"]
    ] == [
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
    assert {finding["outcome"] for finding in result.run["findings"]} == {"ERROR"}


def test_without_the_phase_it_is_deselected(prod):
    """A deployed environment is not judged by what holds before its deployment."""
    result = prod.judge("IDN-1", "IDN-4")
    assert {finding["criterion"] for finding in result.run["findings"]} == {"IDN-1"}
