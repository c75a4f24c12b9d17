"""What could not be read is an ERROR, never a FAIL and never a PASS."""

import pytest

from tests.selftest.twin_env import CRITERIA, NO_PROBES, READINGS, Suite, Twin

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
    twin.deploy(two_tables)
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
def test_what_is_denied_is_an_error(twin, two_tables, operation):
    """A denied read is an ERROR of what rests on it, advisory or not: status 1."""
    twin.deploy(two_tables)
    of_users = {} if "Key" in operation else {"table": twin.table("users")}
    twin.fault(operation=operation, **of_users, **DENIED)
    result = twin.judge(*READINGS)
    assert result.found("ERROR") == UNREADABLE[operation]
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    assert f"{operation} in eu-west-1: AccessDeniedException" in result.output
    assert result.status == 1


@pytest.mark.parametrize(
    ("operation", "criteria"),
    [("GetRegionOptStatus", {"IDN-2"}), ("ListTables", {"IDN-2", "TBL-4"})],
)
def test_a_region_that_cannot_be_read_is_an_error(
    twin, two_tables, operation, criteria
):
    """What is denied of the region is an ERROR of the region's criteria alone."""
    twin.deploy(two_tables)
    twin.fault(operation=operation, **DENIED)
    result = twin.judge(*READINGS)
    assert {criterion for criterion, _ in result.found("ERROR")} == criteria
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    assert result.status == 1


def test_a_table_that_cannot_be_described_is_no_missing_table(twin, two_tables):
    """A denied DescribeTable is an ERROR of all that rests on it, and no FAIL."""
    twin.deploy(two_tables)
    twin.fault(operation="DescribeTable", table=twin.table("users"), **DENIED)
    result = twin.judge("TBL-1", "TBL-2", "GSI-1", "GSI-2", "CRU-1")
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    assert {("TBL-1", "users"), ("CRU-1", "users")} <= result.found("ERROR")
    assert ("TBL-1", "campaigns") in result.found("PASS")


def test_unknown_consumers_keep_probes_away(twin, two_tables):
    """Nothing is written to a table whose stream consumers cannot be listed."""
    twin.deploy(two_tables)
    stream = twin.client("dynamodb").describe_table(TableName=twin.table("users"))
    twin.fault(operation="ListEventSourceMappings", table=twin.table("users"), **DENIED)
    assert stream["Table"]["LatestStreamArn"]
    result = twin.judge(*CRITERIA)
    assert result.found("ERROR") == NO_PROBES
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    wrote = [it for it in twin.calls() if it["operation"] == "PutItem"]
    assert {it["parameters"]["TableName"] for it in wrote} == {twin.table("campaigns")}


def test_denied_writes_are_errors(twin, two_tables):
    """A PutItem that is denied is an ERROR of the probes, and no FAIL."""
    twin.deploy(two_tables)
    twin.fault(operation="PutItem", table=twin.table("users"), **DENIED)
    result = twin.judge("CRU-1", "QRY-1", "TBL-1")
    assert ("CRU-1", "users") in result.found("ERROR")
    assert {criterion for criterion, _ in result.found("ERROR")} == {"CRU-1", "QRY-1"}
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()


def test_reads_wait_out_throttling(twin, two_tables):
    """A read that is throttled twice is read all the same, and both are recorded."""
    twin.deploy(two_tables)
    twin.fault(
        operation="DescribeTimeToLive",
        code="ThrottlingException",
        message="Rate exceeded",
        times=2,
    )
    result = twin.judge("TBL-6")
    assert {it["outcome"] for it in result.run["findings"]} == {"PASS"}
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
