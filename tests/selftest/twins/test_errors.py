"""What could not be read is an ERROR, never a FAIL and never a PASS."""

import pytest

from tests.selftest.twin_env import CRITERIA, NO_PROBES, READINGS, Suite, Twin
from tests.selftest.twins.recorded_env import keys_of

DENIED = {"code": "AccessDeniedException", "status": 400}
KEYS = {("ENC-2", "campaigns"), ("ENC-3", "campaigns")}
KEYS |= {("ENC-2", "users"), ("ENC-3", "users")}

# What is denied, and which findings cannot be made.
UNREADABLE = {
    "DescribeContinuousBackups": {("PIT-1", "users"), ("PIT-2", "users")},
    "DescribeTimeToLive": {("TBL-6", "users")},
    "ListTagsOfResource": {("TBL-7", "users")},
    "DescribeKey": KEYS,
    "GetKeyRotationStatus": {("ENC-3", "campaigns"), ("ENC-3", "users")},
}


@pytest.fixture(scope="module", autouse=True)
def struck_for_good(aws, two_tables, tmp_path_factory):
    """A run whose reads stay throttled, broken and cut off; it takes its time."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("struck")))
    twin.write()
    twin.deploy_tables(two_tables)
    users = {"table": twin.table("users")}
    twin.fault(
        operation="DescribeTimeToLive",
        code="ThrottlingException",
        message="Rate exceeded",
        **users,
    )
    twin.fault(
        operation="ListTagsOfResource", code="InternalServerError", status=500, **users
    )
    twin.fault(operation="DescribeContinuousBackups", reset=True, **users)
    started = twin.start("-k", " or ".join(READINGS))
    yield started
    started.stop()


@pytest.mark.parametrize("operation", UNREADABLE)
def test_what_is_denied_is_an_error(sit, operation):
    """A denied read is an ERROR of what rests on it, advisory or not: status 1."""
    answers = sit.answers()
    answers.fail(operation, *([] if "Key" in operation else ["users-"]))
    judged = sit.judge(answers, *READINGS)
    assert judged == keys_of(UNREADABLE[operation], "ERROR")
    assert judged.status == 1
    said = f"{operation} in eu-west-1: AccessDeniedException"
    assert all(said in reason for key in judged for reason in judged.reasons(key))


def test_what_is_denied_over_http_is_an_error(twin, two_tables):
    """A denied read of a deployed table is the same ERROR, and its right is named."""
    twin.deploy_tables(two_tables)
    denied = "DescribeContinuousBackups"
    twin.fault(operation=denied, table=twin.table("users"), **DENIED)
    result = twin.judge(*READINGS)
    assert result.found("ERROR") == UNREADABLE[denied]
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    assert f"{denied} in eu-west-1: AccessDeniedException" in result.output
    assert result.status == 1


@pytest.mark.parametrize(
    ("operation", "criteria"),
    [("GetRegionOptStatus", {"IDN-2"}), ("ListTables", {"IDN-2", "TBL-4"})],
)
def test_a_region_that_cannot_be_read_is_an_error(sit, operation, criteria):
    """What is denied of the region is an ERROR of the region's criteria alone."""
    answers = sit.answers()
    answers.fail(operation)
    judged = sit.judge(answers, *READINGS)
    assert judged == dict.fromkeys(criteria, "ERROR")
    assert judged.status == 1


def test_a_table_that_cannot_be_described_is_no_missing_table(sit):
    """A denied DescribeTable is an ERROR of all that rests on it, and no FAIL."""
    answers = sit.answers()
    answers.fail("DescribeTable", "users-")
    rest_on_it = ("TBL-1", "TBL-2", "GSI-1", "GSI-2", "CRU-1", "CRU-2", "QRY-1")
    judged = sit.judge_with_probes(answers, *rest_on_it)
    of_users = {
        finding["key"]
        for finding in sit.judged_conforming.values()
        if finding["criterion"] in rest_on_it
        if finding["subject"].partition("/")[0] == "users"
    }
    assert judged == dict.fromkeys(of_users, "ERROR")
    assert {"TBL-1 users", "CRU-1 users"} <= of_users


def test_unknown_consumers_keep_probes_away(twin, two_tables):
    """Nothing is written to a table whose stream consumers cannot be listed."""
    twin.deploy_tables(two_tables)
    stream = twin.client("dynamodb").describe_table(TableName=twin.table("users"))
    twin.fault(operation="ListEventSourceMappings", table=twin.table("users"), **DENIED)
    assert stream["Table"]["LatestStreamArn"]
    result = twin.judge(*CRITERIA)
    assert result.found("ERROR") == NO_PROBES
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    wrote = [call for call in twin.calls() if call["operation"] == "PutItem"]
    assert {call["parameters"]["TableName"] for call in wrote} == {
        twin.table("campaigns")
    }


def test_denied_writes_are_errors(twin, two_tables):
    """A PutItem that is denied is an ERROR of the probes, and no FAIL."""
    twin.deploy_tables(two_tables)
    twin.fault(operation="PutItem", table=twin.table("users"), **DENIED)
    result = twin.judge("CRU-1", "QRY-1", "TBL-1")
    assert ("CRU-1", "users") in result.found("ERROR")
    assert {criterion for criterion, _ in result.found("ERROR")} == {"CRU-1", "QRY-1"}
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()


def test_reads_wait_out_throttling(twin, two_tables):
    """A read that is throttled twice is read all the same, and both are recorded."""
    twin.deploy_tables(two_tables)
    twin.fault(
        operation="DescribeTimeToLive",
        code="ThrottlingException",
        message="Rate exceeded",
        times=2,
    )
    result = twin.judge("TBL-6")
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}
    throttled = [call for call in twin.calls() if "400" in call["statuses"]]
    assert sum(call["statuses"]["400"] for call in throttled) == 2


def test_reads_that_stay_broken_are_errors(struck_for_good):
    """Throttled, broken and cut-off reads are ERRORs once patience is over."""
    result = struck_for_good.result()
    assert result.found("ERROR") == {
        ("TBL-6", "users"),
        ("TBL-7", "users"),
        ("PIT-1", "users"),
        ("PIT-2", "users"),
    }
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    assert "ThrottlingException: Rate exceeded" in result.output
    assert "InternalServerError" in result.output
    assert result.status == 1
