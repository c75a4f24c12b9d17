"""What is deployed otherwise than declared fails at its criterion, and there alone.

The previous environment stays as declared: a difference from it is a FAIL of TBL-9.
"""

from datetime import timedelta

import pytest

from tests.selftest.twin_env import CRITERIA, NO_PROBES, NO_QUERIES, QUERIES, WRITES
from tests.selftest.twins.recorded_env import keys_of

PROBES = (*WRITES, *QUERIES)
BESIDE_THE_TABLE = ("MON-2", "MON-3", "SEC-2")
"""Alarms and trails name a table that is not there."""
ADVISORY = {f"{criterion} users" for criterion in ("TBL-7", "TBL-8", "TBL-9")}
"""A FAIL of these is shown, and the exit status stays 0."""
STREAM = {("CRU-6", "users")}
INDEX_FAILS = {"GSI-2 users/UsersByEmail": "FAIL", "TBL-9 users": "FAIL"}
KEY_FAILS = {"TBL-2 users": "FAIL", "TBL-9 users": "FAIL"}


def table_of(answers, name="users"):
    """What DescribeTable says of a table."""
    return answers["DescribeTable", f'"{name}-']["Table"]


def index_of(answers):
    """What DescribeTable says of the index of users by email."""
    return table_of(answers)["GlobalSecondaryIndexes"][0]


def recovery_of(answers):
    """What DescribeContinuousBackups says of users."""
    description = answers["DescribeContinuousBackups", "users-"]
    return description["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


def expiry_of(answers, name):
    """What DescribeTimeToLive says of a table."""
    return answers["DescribeTimeToLive", f"{name}-"]["TimeToLiveDescription"]


def define(answers, attribute, kind="S"):
    """Give a key attribute of users this type; it may be a new one."""
    table = table_of(answers)
    table["AttributeDefinitions"] = [
        definition
        for definition in table["AttributeDefinitions"]
        if definition["AttributeName"] != attribute
    ] + [{"AttributeName": attribute, "AttributeType": kind}]


def another_sort_key(answers):
    """Sort users by their name."""
    table_of(answers)["KeySchema"][1]["AttributeName"] = "user_name"
    define(answers, "user_name")


def provisioned(answers):
    """Take away the summary, which tables that were never on demand do not have."""
    del table_of(answers)["BillingModeSummary"]


def stream_off(answers):
    """Take the stream of users away."""
    for member in ("StreamSpecification", "LatestStreamArn", "LatestStreamLabel"):
        del table_of(answers)[member]


def stream_of_new_images(answers):
    """Let the stream of users hold new images alone."""
    table_of(answers)["StreamSpecification"]["StreamViewType"] = "NEW_IMAGE"


def index_missing(answers):
    """Take one index away."""
    del table_of(answers)["GlobalSecondaryIndexes"][0]


def another_index_key(answers):
    """Let the index of users by email have another partition key."""
    index_of(answers)["KeySchema"][0]["AttributeName"] = "mail"
    define(answers, "mail")


def another_index_sort_key(answers):
    """Give the index of users by email a sort key."""
    sort_key = {"AttributeName": "user_name", "KeyType": "RANGE"}
    index_of(answers)["KeySchema"].append(sort_key)
    define(answers, "user_name")


def undeclared_index(answers):
    """Add an index that nobody declared."""
    another = index_of(answers) | {"IndexName": "UsersByNobody"}
    table_of(answers)["GlobalSecondaryIndexes"].append(another)


def key_of_aws(answers):
    """Let DescribeTable say nothing of encryption: the key is owned by AWS."""
    del table_of(answers)["SSEDescription"]


def key_managed_by_aws(answers):
    """Encrypt users with the key that AWS manages for DynamoDB."""
    arn = table_of(answers)["SSEDescription"]["KMSMasterKeyArn"]
    other = f"{arn[:-12]}000000000000"
    key = answers["DescribeKey", arn]["KeyMetadata"]
    managed = key | {"Arn": other, "KeyManager": "AWS", "KeyId": other[-36:]}
    region = arn.split(":")[3]
    answers.add("kms", region, "DescribeKey", {"KeyMetadata": managed}, KeyId=other)
    table_of(answers)["SSEDescription"]["KMSMasterKeyArn"] = other


def recovery_off(answers):
    """Switch point-in-time recovery of users off."""
    recovery = recovery_of(answers)
    recovery.clear()
    recovery["PointInTimeRecoveryStatus"] = "DISABLED"


def recovery_restarted(answers):
    """Let users be as old as its period, and its recovery begin an hour ago."""
    table_of(answers)["CreationDateTime"] = answers.now - timedelta(days=40)
    begun = answers.now - timedelta(hours=1)
    recovery_of(answers)["EarliestRestorableDateTime"] = begun


def recovery_of_an_old_table(answers):
    """Let users be older than its period, and its recovery reach back over it."""
    table_of(answers)["CreationDateTime"] = answers.now - timedelta(days=400)
    begun = answers.now - timedelta(days=35)
    recovery_of(answers)["EarliestRestorableDateTime"] = begun


def tagged_otherwise(answers):
    """Give a tag of users another value."""
    answers["ListTagsOfResource", "users-"]["Tags"][0]["Value"] = "another"


# What is broken: how; which findings differ; which probes are kept away.
BROKEN = {
    "another sort key": (another_sort_key, KEY_FAILS, NO_PROBES),
    "another key type": (
        lambda it: define(it, "tenant_id", "N"),
        KEY_FAILS,
        NO_PROBES,
    ),
    "provisioned capacity": (
        provisioned,
        {"TBL-3 users": "FAIL", "TBL-9 users": "FAIL", "COS-1": "NOT_ASSESSED"},
        set(),
    ),
    "stream off": (
        stream_off,
        {
            "TBL-5 users": "FAIL",
            "TBL-9 users": "FAIL",
            "SEC-1 users": "NOT_APPLICABLE",
        },
        STREAM,
    ),
    "another stream view": (
        stream_of_new_images,
        {"TBL-5 users": "FAIL", "TBL-9 users": "FAIL"},
        STREAM,
    ),
    "another TTL attribute": (
        lambda it: expiry_of(it, "campaigns").update(AttributeName="gone_at"),
        {"TBL-6 campaigns": "FAIL", "TBL-9 campaigns": "FAIL"},
        set(),
    ),
    "TTL off": (
        lambda it: expiry_of(it, "campaigns").update(TimeToLiveStatus="DISABLED"),
        {"TBL-6 campaigns": "FAIL", "TBL-9 campaigns": "FAIL"},
        set(),
    ),
    "TTL on": (
        lambda it: expiry_of(it, "users").update(
            TimeToLiveStatus="ENABLED", AttributeName="gone_at"
        ),
        {"TBL-6 users": "FAIL", "TBL-9 users": "FAIL"},
        set(),
    ),
    "index missing": (
        index_missing,
        {
            "GSI-1 users/UsersByEmail": "FAIL",
            "GSI-2 users/UsersByEmail": "NOT_ASSESSED",
            "TBL-9 users": "FAIL",
        },
        NO_QUERIES,
    ),
    "another index key": (another_index_key, INDEX_FAILS, NO_QUERIES),
    "another index sort key": (another_index_sort_key, INDEX_FAILS, NO_QUERIES),
    "another index key type": (
        lambda it: define(it, "email", "N"),
        INDEX_FAILS,
        NO_PROBES,
    ),
    "index of keys alone": (
        lambda it: index_of(it).update(Projection={"ProjectionType": "KEYS_ONLY"}),
        INDEX_FAILS,
        NO_QUERIES,
    ),
    "undeclared index": (
        undeclared_index,
        {"GSI-3 users": "FAIL", "TBL-9 users": "FAIL"},
        set(),
    ),
    "AWS-owned key": (
        key_of_aws,
        {
            "ENC-1 users": "FAIL",
            "ENC-2 users": "NOT_ASSESSED",
            "ENC-3 users": "NOT_ASSESSED",
            "TBL-9 users": "FAIL",
        },
        set(),
    ),
    "AWS-managed key": (
        key_managed_by_aws,
        {
            "ENC-2 users": "FAIL",
            "ENC-3 users": "NOT_APPLICABLE",
            "TBL-9 users": "FAIL",
        },
        set(),
    ),
    "recovery off": (
        recovery_off,
        {"PIT-1 users": "FAIL", "PIT-2 users": "NOT_ASSESSED", "TBL-9 users": "FAIL"},
        set(),
    ),
    "recovery period short": (
        lambda it: recovery_of(it).update(RecoveryPeriodInDays=7),
        {"PIT-2 users": "FAIL", "TBL-9 users": "FAIL"},
        set(),
    ),
    "recovery restarted": (recovery_restarted, {"PIT-2 users": "FAIL"}, set()),
    "a tag of another value": (tagged_otherwise, {"TBL-7 users": "FAIL"}, set()),
    "deletion protection off": (
        lambda it: table_of(it).update(DeletionProtectionEnabled=False),
        {"TBL-8 users": "FAIL", "TBL-9 users": "FAIL"},
        set(),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_deployed_otherwise_fails_alone(sit, what):
    """One deviation fails one criterion; what rests on it is not assessed."""
    break_it, differing, kept_away = BROKEN[what]
    answers = sit.answers()
    break_it(answers)
    judged = sit.judge(answers)
    assert judged == differing
    assert judged.status == (0 if ADVISORY.issuperset(differing) else 1)
    assert sit.judge_with_probes(answers, *PROBES) == keys_of(kept_away)


RIGHT = {
    "a recovery period that is not described, which is 35 days": (
        lambda it: recovery_of(it).pop("RecoveryPeriodInDays")
    ),
    "recovery of an old table": recovery_of_an_old_table,
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_in_another_way_passes(sit, what):
    """Nothing differs from the conforming environment."""
    answers = sit.answers()
    RIGHT[what](answers)
    assert sit.judge(answers) == {}


def test_a_restorable_time_in_the_future_is_not_understood(sit):
    """It is no recent window; the times of AWS are compared with each other."""
    answers = sit.answers()
    future = answers.now + timedelta(days=1)
    recovery_of(answers)["LatestRestorableDateTime"] = future
    assert sit.judge(answers) == {"PIT-2 users": "NOT_ASSESSED"}


def test_deletion_protection_that_is_not_described_is_off(sit):
    """AWS documents that it is off by default."""
    answers = sit.answers()
    del table_of(answers)["DeletionProtectionEnabled"]
    assert sit.judge(answers) == {"TBL-8 users": "FAIL", "TBL-9 users": "FAIL"}


def test_a_conforming_environment_passes(twin, two_tables):
    """What is deployed as declared passes every criterion, probes included."""
    twin.deploy(two_tables)
    result = twin.judge(*CRITERIA)
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}
    assert result.status == 0


def test_a_missing_table_fails_once(sit):
    """All that rests on a missing table is not assessed; TBL-1 alone fails."""
    answers = sit.answers()
    answers["ListTables"]["TableNames"].remove(sit.table("users"))
    answers.fail("DescribeTable", "users-", code="ResourceNotFoundException")
    for operation in ("DescribeContinuousBackups", "DescribeTimeToLive"):
        answers.fail(operation, "users-", code="TableNotFoundException")
    kinesis = "DescribeKinesisStreamingDestination"
    answers.fail(kinesis, "users-", code="ResourceNotFoundException")
    for operation in ("ListTagsOfResource", "GetResourcePolicy"):
        answers.fail(operation, "table/users-", code="ResourceNotFoundException")
    of_users = {
        finding["key"]
        for finding in sit.judged_conforming.values()
        if finding["subject"].partition("/")[0] == "users"
        if finding["criterion"] not in BESIDE_THE_TABLE
    }
    assert (
        of_users
        >= keys_of((criterion, "users") for criterion in (*WRITES, "ENC-3")).keys()
    )
    waits = dict.fromkeys([*of_users, "CRU-3 campaigns", "COS-1"], "NOT_ASSESSED")
    judged = sit.judge(answers) | sit.judge_with_probes(answers, *PROBES, "BKP-1")
    assert judged == waits | {"TBL-1 users": "FAIL"}


def test_an_undeclared_table_is_advised_against(sit):
    """A table with the environment's name and no declaration fails TBL-4 alone."""
    answers = sit.answers()
    answers["ListTables"]["TableNames"].append(sit.table("nobodys"))
    judged = sit.judge(answers)
    assert judged == {"TBL-4": "FAIL"}
    assert judged.status == 0
    assert sit.table("nobodys") in str(judged.reasons("TBL-4"))


def test_a_deployed_twin_is_judged_alike(twin, two_tables):
    """Over HTTP, what is required fails with status 1, and probes pass elsewhere."""
    twin.deploy(
        two_tables, lambda tables: tables["users"]["indexes"].pop("UsersByEmail")
    )
    result = twin.judge(*CRITERIA)
    assert result.found("FAIL") == {("GSI-1", "users/UsersByEmail")}
    assert result.found("ERROR") == set()
    assert result.found("NOT_ASSESSED") == {
        ("GSI-2", "users/UsersByEmail"),
        *NO_QUERIES,
    }
    assert result.status == 1


def test_a_stream_that_was_off_for_a_while_serves_again(twin, two_tables):
    """Off, it fails TBL-5; on again, writes and changes pass as before."""
    twin.deploy(two_tables)
    dynamodb, name = twin.client("dynamodb"), twin.table("users")
    view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    off = {"StreamEnabled": False}
    dynamodb.update_table(TableName=name, StreamSpecification=off)
    switched_off = twin.judge("(TBL-5 and users)", "(CRU-3 and users)")
    assert switched_off.found("FAIL") == {("TBL-5", "users")}
    assert switched_off.found("PASS") >= {("CRU-3", "users")}
    dynamodb.update_table(TableName=name, StreamSpecification=view)
    switched_on = twin.judge("(TBL-5 and users)", "(CRU and users)")
    assert {finding["outcome"] for finding in switched_on.run["findings"]} == {"PASS"}
