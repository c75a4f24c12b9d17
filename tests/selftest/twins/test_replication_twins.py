"""Replication that is wrong on one side, or cannot be measured, fails at REP."""

import pytest

from tests.selftest.twin_env import Suite, Twin
from tests.selftest.twins.two_region_env import HERE, LAGS, READ, THERE, found

DENIED = {"code": "AccessDeniedException", "status": 400}


@pytest.fixture(scope="module")
def pair(aws, two_tables, tmp_path_factory):
    """Two tables in two regions, deployed as declared; what is broken is mended."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("pair")), (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    return twin


@pytest.fixture
def broken(aws):
    """Set what the stand-in does with tables, until the test is over."""
    yield lambda **settings: aws.control("settings", {"dynamodb": settings})
    aws.control("settings", {"dynamodb": {"held": {}, "of_table": {}}})
    aws.control("faults/clear", {})


def test_what_is_replicated_as_declared_passes(pair):
    """Two regions as declared pass, and hold no marker once they were measured."""
    criteria = (*READ, *LAGS, "REP-5")
    result = pair.judge(*criteria)
    assert {result.run["criteria"][criterion] for criterion in criteria} == {"PASS"}
    assert all("none; 0.0 to" in reason for reason in result.reasons("REP-3", "PASS"))
    tables = ("campaigns", "users")
    assert [pair.scan(table, to) for table in tables for to in (HERE, THERE)] == [
        []
    ] * 4


def test_lags_are_evidence(pair):
    """The count, the percentiles and every interval of each kind are in run.json."""
    result = pair.judge("REP-4-eu-west-1-users")
    (finding,) = result.run["findings"]
    numbers = finding["numbers"]
    assert numbers["lag_count"] == 90
    assert {
        len(numbers[f"{operation}_lags_ms"])
        for operation in ("put", "update", "delete")
    } == {30}
    assert numbers["p95_lag_lower_ms"] <= numbers["p95_lag_upper_ms"] <= 1000
    times = [request["operation"] for request in finding["observations"]]
    assert times.count("PutItem") == times.count("UpdateItem") == 30


# Where something is held in another status, and what fails for it.
HELD = {
    "replica CREATING": (f"{HERE}/users/replica/{THERE}", "CREATING", "REP-1"),
    "replica without its key": (
        f"{HERE}/users/replica/{THERE}",
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
        "REP-1",
    ),
    "primary not listed": (f"{THERE}/users/replica/{HERE}", "MISSING", "REP-2"),
    "primary DELETING": (f"{THERE}/users/replica/{HERE}", "DELETING", "REP-2"),
    "index missing": (f"{THERE}/users/index/UsersByEmail", "MISSING", "GSI-1"),
}


PARTS = {
    "replica": ("Replicas", "RegionName"),
    "index": ("GlobalSecondaryIndexes", "IndexName"),
}


@pytest.mark.parametrize("case", HELD)
def test_what_is_wrong_on_one_side_fails_there(prod, case):
    """One side's status fails at its criterion, in its region, and there alone."""
    path, status, criterion = HELD[case]
    region, _, part, name = path.split("/")
    answers = prod.answers()
    table = answers["DescribeTable", region, "users-"]["Table"]
    listed, named = PARTS[part]
    (held,) = [part for part in table[listed] if part[named] == name]
    if status == "MISSING":
        table[listed].remove(held)
    else:
        held["ReplicaStatus"] = status
    subject = "users/UsersByEmail" if criterion == "GSI-1" else "users"
    assert prod.judge(answers, *READ) == {f"{criterion} {subject} {region}": "FAIL"}


def test_a_replica_that_is_no_replica_yet_is_not_measured(pair, broken):
    """No marker is written while a replica is CREATING."""
    path = f"{HERE}/{pair.table('users')}/replica/{THERE}"
    broken(held={path: "CREATING"})
    result = pair.judge("REP-3-af-south-1-users")
    assert result.reasons("REP-3", "NOT_ASSESSED") == {
        "replica in eu-west-1 is CREATING (REP-1)"
    }
    assert "PutItem" not in {request["operation"] for request in result.observations()}


def test_the_legacy_version_fails(prod):
    """A global table of version 2017.11.29 fails REP-2, and nothing else."""
    answers = prod.answers()
    table = answers["DescribeTable", THERE, "users-"]["Table"]
    table["GlobalTableVersion"] = "2017.11.29"
    assert prod.judge(answers) == {f"REP-2 users {THERE}": "FAIL"}


def test_what_a_replica_does_not_inherit_fails_in_its_region(prod):
    """Recovery and deletion protection that are off in the replica fail there alone."""
    answers = prod.answers()
    table = answers["DescribeTable", THERE, "users-"]["Table"]
    table["DeletionProtectionEnabled"] = False
    description = answers["DescribeContinuousBackups", THERE, "users-"]
    recovery = {"PointInTimeRecoveryStatus": "DISABLED"}
    description["ContinuousBackupsDescription"] |= {
        "PointInTimeRecoveryDescription": recovery
    }
    assert prod.judge(answers, *READ) == {
        f"PIT-1 users {THERE}": "FAIL",
        f"TBL-8 users {THERE}": "FAIL",
    }


# What is denied where, and which findings cannot be made for it. REP-4 reads there,
# too, to see that its markers are gone.
DENIED_CALLS = {
    "BatchGetItem": (THERE, {("REP-3", "users", HERE), ("REP-4", "users", THERE)}),
    "UpdateItem": (HERE, {("REP-3", "users", HERE)}),
    "DescribeTable": (
        THERE,
        {
            ("REP-2", "users", THERE),
            ("REP-3", "users", HERE),
            ("REP-4", "users", THERE),
        },
    ),
    "ListEventSourceMappings": (
        THERE,
        {("REP-3", "users", HERE), ("REP-4", "users", THERE)},
    ),
}


@pytest.mark.parametrize("operation", DENIED_CALLS)
@pytest.mark.usefixtures("broken")
def test_what_cannot_be_asked_is_an_error(pair, operation):
    """A denied call in one region is an ERROR of what rests on it, on either side."""
    region, lost = DENIED_CALLS[operation]
    mappings = operation == "ListEventSourceMappings"
    at = {} if mappings else {"table": pair.table("users")}
    pair.fault(operation=operation, region=region, **at, **DENIED)
    of_users = [f"({criterion} and users)" for criterion in ("REP-1", "REP-2", *LAGS)]
    result = pair.judge(*of_users)
    assert found(result, "ERROR") == lost
    assert found(result, "FAIL") | found(result, "NOT_ASSESSED") == set()


def test_where_writing_is_not_allowed_lag_is_not_assessed(pair):
    """Without "data" in the environment's file nothing is written; it says so."""
    pair.write(judged_as="prod", allows=["read"])
    result = pair.judge(*LAGS)
    pair.write(judged_as="prod")
    assert result.run["criteria"]["REP-3"] == "NOT_ASSESSED"
    assert 'adds "data" to allows' in result.output
    assert result.status == 10


@pytest.fixture
def consumer(pair):
    """A function behind the stream of `users` in the replica's region."""
    name, functions = pair.table("users"), pair.client("lambda", THERE)
    table = pair.client("dynamodb", THERE).describe_table(TableName=name)["Table"]
    role = pair.client("iam").create_role(
        RoleName="consumer", AssumeRolePolicyDocument='{"Statement": []}'
    )
    functions.create_function(
        FunctionName="consumer",
        Runtime="python3.11",
        Handler="it.it",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": b""},
    )
    mapping = functions.create_event_source_mapping(
        FunctionName="consumer",
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="LATEST",
    )
    yield
    functions.delete_event_source_mapping(UUID=mapping["UUID"])


@pytest.mark.usefixtures("consumer")
def test_a_consumer_on_either_side_is_not_woken(pair):
    """A function on the replica's stream keeps both directions from being measured."""
    result = pair.judge(*[f"({criterion} and users)" for criterion in LAGS])
    assert found(result, "NOT_ASSESSED") == {
        ("REP-3", "users", HERE),
        ("REP-4", "users", THERE),
    }
    assert "eu-west-1: writing would wake" in result.output
    assert "PutItem" not in {request["operation"] for request in result.observations()}


def test_in_one_region_replication_is_not_applicable(aws, suite, two_tables):
    """Where no replica is declared there is nothing to judge, and nothing passes."""
    twin = Twin(aws, suite, (HERE,))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    result = twin.judge("REP-", "DRX-3")
    assert {finding["outcome"] for finding in result.run["findings"]} == {
        "NOT_APPLICABLE"
    }
