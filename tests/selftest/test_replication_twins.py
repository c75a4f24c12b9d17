"""Replicas that are wrong, late or lossy fail at REP, and where it follows."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.selftest.twins import Suite, Twin, contract

HERE, THERE = "af-south-1", "eu-west-1"
READ = ("REP-1", "REP-2", "TBL-1", "TBL-8", "GSI-1", "PIT-1")
LAGS = ("REP-3", "REP-4")
DENIED = {"code": "AccessDeniedException", "status": 400}


@pytest.fixture(scope="module")
def pair(aws, two_tables, tmp_path_factory):
    """Two tables in two regions, deployed as declared; what is broken is mended."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("pair")), (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    return twin


@pytest.fixture
def alone(aws, suite, two_tables):
    """The same, for one test that cannot mend what it breaks."""
    twin = Twin(aws, suite, (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    return twin


@pytest.fixture
def broken(aws):
    """Set what the stand-in does with tables, until the test is over."""
    yield lambda **settings: aws.control("settings", {"dynamodb": settings})
    aws.control("settings", {"dynamodb": {"held": {}, "of_table": {}}})
    aws.control("faults/clear", {})


def found(result, outcome):
    """Criterion, subject and region of every finding with this outcome."""
    return {
        (it["criterion"], it["subject"], it["region"])
        for it in result.run["findings"]
        if it["outcome"] == outcome
    }


def without_replica(twin, table):
    """Delete the replica of a table."""
    name = twin.table(table)
    there = twin.client("dynamodb", THERE)
    there.update_table(TableName=name, DeletionProtectionEnabled=False)
    update = {"Delete": {"RegionName": THERE}}
    twin.client("dynamodb", HERE).update_table(TableName=name, ReplicaUpdates=[update])


def test_what_is_replicated_as_declared_passes(pair):
    """Two regions as declared pass, and hold no marker once they were measured."""
    criteria = (*READ, *LAGS, "REP-5")
    result = pair.judge(*criteria)
    assert {result.run["criteria"][it] for it in criteria} == {"PASS"}
    assert all("none; 0.0 to" in it for it in result.reasons("REP-3", "PASS"))
    tables = ("campaigns", "users")
    assert [pair.scan(it, to) for it in tables for to in (HERE, THERE)] == [[]] * 4


def test_lags_are_evidence(pair):
    """The count, the percentiles and every interval of each kind are in run.json."""
    result = pair.judge("REP-4-eu-west-1-users")
    (finding,) = result.run["findings"]
    numbers = finding["numbers"]
    assert numbers["lag_count"] == 90
    assert {len(numbers[f"{it}_lags_ms"]) for it in ("put", "update", "delete")} == {30}
    assert numbers["p95_lag_lower_ms"] <= numbers["p95_lag_upper_ms"] <= 1000
    times = [it["operation"] for it in finding["observations"]]
    assert times.count("PutItem") == times.count("UpdateItem") == 30


def test_a_missing_replica_fails_once(alone):
    """REP-1 fails here and TBL-1 there; whatever rests on it is not assessed."""
    without_replica(alone, "users")
    result = alone.judge(*READ, "(REP-3 and users)")
    assert found(result, "FAIL") == {
        ("REP-1", "users", HERE),
        ("TBL-1", "users", THERE),
    }
    assert found(result, "NOT_ASSESSED") == {
        ("REP-3", "users", HERE),
        ("REP-2", "users", THERE),
        ("GSI-1", "users/UsersByEmail", THERE),
        ("GSI-1", "users/UsersByOrganization", THERE),
        ("PIT-1", "users", THERE),
        ("TBL-8", "users", THERE),
    }
    assert "replica in eu-west-1 is MISSING (REP-1)" in result.output


def test_a_table_of_the_same_name_is_no_replica(alone):
    """A table that stands alone in the replica's region fails from both sides."""
    without_replica(alone, "users")
    here, there = (alone.client("dynamodb", region) for region in (HERE, THERE))
    like = here.describe_table(TableName=alone.table("users"))["Table"]
    there.create_table(
        TableName=alone.table("users"),
        BillingMode="PAY_PER_REQUEST",
        **{it: like[it] for it in ("KeySchema", "AttributeDefinitions")},
        GlobalSecondaryIndexes=[
            {it: index[it] for it in ("IndexName", "KeySchema", "Projection")}
            for index in like["GlobalSecondaryIndexes"]
        ],
    )
    of_users = [f"({it} and users)" for it in LAGS]
    result = alone.judge("REP-1", "REP-2", *of_users)
    assert found(result, "FAIL") == {
        ("REP-1", "users", HERE),
        ("REP-2", "users", THERE),
    }
    assert found(result, "NOT_ASSESSED") == {
        ("REP-3", "users", HERE),
        ("REP-4", "users", THERE),
    }
    assert "observed: af-south-1: MISSING" in result.output
    assert "observed: NONE" in result.output


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


@pytest.mark.parametrize("case", HELD)
def test_what_is_wrong_on_one_side_fails_there(pair, broken, case):
    """One side's status fails at its criterion, in its region, and there alone."""
    path, status, criterion = HELD[case]
    broken(held={path.replace("users", pair.table("users")): status})
    result = pair.judge(*READ)
    region, *_ = path.split("/")
    subject = "users/UsersByEmail" if criterion == "GSI-1" else "users"
    assert found(result, "FAIL") == {(criterion, subject, region)}
    assert found(result, "ERROR") | found(result, "NOT_ASSESSED") == set()


def test_a_replica_that_is_no_replica_yet_is_not_measured(pair, broken):
    """No marker is written while a replica is CREATING."""
    path = f"{HERE}/{pair.table('users')}/replica/{THERE}"
    broken(held={path: "CREATING"})
    result = pair.judge("REP-3-af-south-1-users")
    assert result.reasons("REP-3", "NOT_ASSESSED") == {
        "replica in eu-west-1 is CREATING (REP-1)"
    }
    assert "PutItem" not in {it["operation"] for it in result.observations()}


def test_the_legacy_version_fails(pair, broken):
    """A global table of version 2017.11.29 fails REP-2, and nothing else."""
    legacy = {"global_table_version": "2017.11.29"}
    broken(of_table={f"{THERE}/{pair.table('users')}": legacy})
    result = pair.judge(*READ)
    assert found(result, "FAIL") == {("REP-2", "users", THERE)}


def test_what_a_replica_does_not_inherit_fails_in_its_region(pair):
    """Recovery and deletion protection that are off in the replica fail there alone."""
    there, name = pair.client("dynamodb", THERE), pair.table("users")

    def switch(on):
        recovery = {"PointInTimeRecoveryEnabled": on}
        there.update_table(TableName=name, DeletionProtectionEnabled=on)
        there.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=recovery
        )

    switch(False)
    result = pair.judge(*READ)
    switch(True)
    assert found(result, "FAIL") == {
        ("PIT-1", "users", THERE),
        ("TBL-8", "users", THERE),
    }


# How replication of a table to a region is broken, and what is observed.
LATE = {
    "users": (THERE, {"replication_lag": 1.3}, "declared: <= 1000"),
    "campaigns": (HERE, {"replication_lag": 1.3}, "declared: <= 1000"),
    "orders": (THERE, {"replication_paused": True}, "observed: put: 30"),
    "tenants": (HERE, {"replication_loses_deletes": True}, "observed: delete: 30"),
}


@pytest.fixture(scope="module")
def late(aws, tmp_path_factory):
    """A twin whose replication is late or lossy, each table in its own way."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("late")), (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(contract(*LATE))
    settings = {
        f"{region}/{twin.table(table)}": settings
        for table, (region, settings, _) in LATE.items()
    }
    aws.control("settings", {"dynamodb": {"of_table": settings}})
    result = twin.judge(*LAGS)
    left = [it for table in LATE for to in (HERE, THERE) for it in twin.scan(table, to)]
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    return result, left


@pytest.mark.parametrize("table", LATE)
def test_late_and_lossy_replication_fails(late, table):
    """What arrives late or never fails in its direction, and the other one passes."""
    result, _ = late
    to, _, said = LATE[table]
    outcomes = {
        it["criterion"]: (it["outcome"], f"observed: {it['observed']}", it["declared"])
        for it in result.run["findings"]
        if it["subject"] == table
    }
    failing, passing = LAGS if to == THERE else reversed(LAGS)
    outcome, observed, declared = outcomes[failing]
    assert outcome == "FAIL"
    assert said in (observed, f"declared: {declared}")
    assert outcomes[passing][0] == "PASS"


def test_markers_are_gone_however_replication_went(late):
    """No marker is left on either side, though deletes were lost or stood still."""
    _, left = late
    assert left == []


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
    of_users = [f"({it} and users)" for it in ("REP-1", "REP-2", *LAGS)]
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
    result = pair.judge(*[f"({it} and users)" for it in LAGS])
    assert found(result, "NOT_ASSESSED") == {
        ("REP-3", "users", HERE),
        ("REP-4", "users", THERE),
    }
    assert "eu-west-1: writing would wake" in result.output
    assert "PutItem" not in {it["operation"] for it in result.observations()}


def test_in_one_region_replication_is_not_applicable(aws, suite, two_tables):
    """Where no replica is declared there is nothing to judge, and nothing passes."""
    twin = Twin(aws, suite, (HERE,))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    result = twin.judge("REP", "DRX-3")
    assert {it["outcome"] for it in result.run["findings"]} == {"NOT_APPLICABLE"}


@pytest.mark.parametrize(
    ("operation", "outcome"), [("GetMetricData", "ERROR"), ("", "FAIL")]
)
def test_latency_above_its_alarm_fails(alone, operation, outcome):
    """One datapoint of six seconds fails REP-5 of its table; a denied read is ERROR."""
    if operation:
        alone.fault(operation=operation, code="AccessDenied", status=403)
    else:
        _put_latency(alone, "users", 6000)
    result = alone.judge("REP-5")
    tables = ("campaigns", "users") if operation else ("users",)
    assert found(result, outcome) == {("REP-5", it, HERE) for it in tables}


def _put_latency(twin, table, milliseconds):
    twin.client("cloudwatch", HERE).put_metric_data(
        Namespace="AWS/DynamoDB",
        MetricData=[
            {
                "MetricName": "ReplicationLatency",
                "Dimensions": [
                    {"Name": "TableName", "Value": twin.table(table)},
                    {"Name": "ReceivingRegion", "Value": THERE},
                ],
                "Timestamp": datetime.now(UTC) - timedelta(hours=3),
                "Value": milliseconds,
                "Unit": "Milliseconds",
            }
        ],
    )
