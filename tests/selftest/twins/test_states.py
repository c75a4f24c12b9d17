"""What becomes of an environment after it was deployed fails where it should."""

from datetime import timedelta

import pytest

from tests.selftest.twin_env import (
    CRITERIA,
    NO_PROBES,
    NO_QUERIES,
    QUERIES,
    READINGS,
    WRITES,
)
from tests.selftest.twins.recorded_env import keys_of

OF_BOTH = ("campaigns", "users")


@pytest.fixture
def hold(aws):
    """Set something of DynamoDB on the stand-in until the test is over."""

    def hold(**settings):
        aws.control("settings", {"dynamodb": settings})

    yield hold
    hold(held={}, of_table={})


def test_a_table_that_is_not_active_fails(twin, two_tables, hold):
    """A table that is being updated fails TBL-1, and is written to all the same."""
    twin.deploy_tables(two_tables)
    hold(held={twin.table("users"): "UPDATING"})
    result = twin.judge(*CRITERIA)
    assert result.found("FAIL") == {("TBL-1", "users")}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert result.status == 1


def test_a_table_that_takes_no_items_fails_once(sit):
    """A table whose key is out of reach fails TBL-1; probes are not assessed."""
    answers = sit.answers()
    table = answers["DescribeTable", "users-"]["Table"]
    table["TableStatus"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert sit.judge(answers) == {"TBL-1 users": "FAIL"}
    assert sit.judge_with_probes(answers, *WRITES, *QUERIES) == keys_of(NO_PROBES)


def test_an_index_that_is_being_built_fails(sit):
    """An index that is CREATING fails GSI-1; queries on it are not assessed."""
    answers = sit.answers()
    table = answers["DescribeTable", "users-"]["Table"]
    table["GlobalSecondaryIndexes"][0] |= {
        "IndexStatus": "CREATING",
        "Backfilling": True,
    }
    assert sit.judge(answers) == {"GSI-1 users/UsersByEmail": "FAIL"}
    assert sit.judge_with_probes(answers, *WRITES, *QUERIES) == keys_of(NO_QUERIES)


def test_an_old_latest_restorable_time_fails(sit):
    """A latest restorable time of twenty minutes ago fails PIT-2."""
    answers = sit.answers()
    description = answers["DescribeContinuousBackups", "users-"]
    recovery = description["ContinuousBackupsDescription"]
    recovery = recovery["PointInTimeRecoveryDescription"]
    recovery["LatestRestorableDateTime"] = answers.now - timedelta(minutes=20)
    recovery["EarliestRestorableDateTime"] = answers.now - timedelta(hours=2)
    assert sit.judge(answers) == {"PIT-2 users": "FAIL"}


def _key(answers):
    """What KMS says of the key of the tables."""
    table = answers["DescribeTable", "users-"]["Table"]
    arn = table["SSEDescription"]["KMSMasterKeyArn"]
    return answers["DescribeKey", arn]["KeyMetadata"]


UNUSABLE = {"ENC-2 campaigns": "FAIL", "ENC-2 users": "FAIL"}


def test_a_disabled_key_fails(sit):
    """A disabled key fails ENC-2 for every table that it encrypts."""
    answers = sit.answers()
    _key(answers).update(KeyState="Disabled", Enabled=False)
    assert sit.judge(answers) == UNUSABLE


def test_a_key_that_will_be_deleted_fails(twin, two_tables):
    """A key pending deletion fails ENC-2 for every table that it encrypts."""
    twin.deploy_tables(two_tables)
    table = twin.client("dynamodb").describe_table(TableName=twin.table("users"))
    arn = table["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    twin.client("kms").schedule_key_deletion(KeyId=arn.partition("/")[2])
    result = twin.judge(*READINGS)
    assert result.found("FAIL") == {("ENC-2", table) for table in OF_BOTH}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def test_a_key_that_does_not_rotate_is_advised_against(sit):
    """A key without rotation fails ENC-3, which is advisory: exit status 0."""
    answers = sit.answers()
    answers["GetKeyRotationStatus"]["KeyRotationEnabled"] = False
    judged = sit.judge(answers)
    assert judged == {"ENC-3 campaigns": "FAIL", "ENC-3 users": "FAIL"}
    assert judged.status == 0


def test_a_region_that_is_switched_off_fails(aws, two_tables, twin_in_two_regions):
    """A replica's region that is off fails IDN-2, and nothing in it is believed."""
    twin = twin_in_two_regions
    twin.deploy_tables(two_tables)
    aws.control("settings", {"regions": {"off": [f"{twin.account}/af-south-1"]}})
    result = twin.judge(*READINGS)
    off = [
        finding
        for finding in result.run["findings"]
        if finding["region"] == "af-south-1"
        if "what_the_plan_demands" not in finding["test"]  # of the contract alone
    ]
    on = [
        finding
        for finding in result.run["findings"]
        if finding["region"] == "eu-west-1"
    ]
    assert {finding["outcome"] for finding in on} == {"PASS"}
    assert {
        finding["criterion"] for finding in off if finding["outcome"] == "FAIL"
    } == {"IDN-2"}
    assert {finding["outcome"] for finding in off} == {"FAIL", "ERROR"}
    assert result.status == 1


@pytest.fixture
def twin_in_two_regions(twin):
    """An environment that has a replica in an opt-in region."""
    twin.regions = ("eu-west-1", "af-south-1")
    twin.write(judged_as="prod")
    return twin


def _consume(twin):
    """Put a function behind the stream of `users`."""
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = twin.client("iam").create_role(
        RoleName="consumer", AssumeRolePolicyDocument=trust
    )
    function = twin.client("lambda")
    function.create_function(
        FunctionName="consumer",
        Runtime="python3.11",
        Handler="it.it",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": b""},
    )
    table = twin.client("dynamodb").describe_table(TableName=twin.table("users"))
    return function.create_event_source_mapping(
        FunctionName="consumer",
        EventSourceArn=table["Table"]["LatestStreamArn"],
        StartingPosition="LATEST",
    )


def test_a_stream_consumer_keeps_probes_away(twin, two_tables):
    """Where a write would wake a function nothing is written, and it says so."""
    twin.deploy_tables(two_tables)
    _consume(twin)
    result = twin.judge(*CRITERIA)
    assert result.found("FAIL") | result.found("ERROR") == set()
    assert result.found("NOT_ASSESSED") == NO_PROBES
    assert 'consumers = "accepted"' in result.output
    assert result.status == 10
    wrote = [call for call in twin.calls() if call["operation"] == "PutItem"]
    assert {call["parameters"]["TableName"] for call in wrote} == {
        twin.table("campaigns")
    }


def test_an_accepted_stream_consumer_does_not(twin, two_tables):
    """Once consumers are accepted the table is probed."""
    twin.write(consumers="accepted")
    twin.deploy_tables(two_tables)
    _consume(twin)
    result = twin.judge("CRU-1", "QRY-1")
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}


MAPPING = {"FunctionArn": "arn:aws:lambda:eu-west-1:1:function:consumer"}


@pytest.mark.parametrize(
    ("state", "kept_away"),
    [("Disabled", set()), ("Disabling", set()), ("Enabled", NO_PROBES)],
)
def test_only_a_consumer_that_is_on_keeps_probes_away(sit, state, kept_away):
    """An event source mapping that is switched off wakes nobody."""
    answers = sit.answers()
    mappings = answers["ListEventSourceMappings", "users-"]["EventSourceMappings"]
    mappings.append(MAPPING | {"State": state})
    assert sit.judge_with_probes(answers, *WRITES, *QUERIES) == keys_of(kept_away)


@pytest.mark.parametrize("region", ["af-south-1", "eu-west-1"])
def test_a_consumer_in_any_region_keeps_probes_away_everywhere(prod, region):
    """A write to one replica arrives on the streams of all."""
    answers = prod.answers()
    mappings = answers["ListEventSourceMappings", "users-", region]
    mappings["EventSourceMappings"].append(MAPPING | {"State": "Enabled"})
    judged = prod.judge_with_probes(answers, "CRU-1")
    assert judged == {"CRU-1 users af-south-1": "NOT_ASSESSED"}
    (reason,) = judged.reasons("CRU-1 users af-south-1")
    assert "would wake" in reason
