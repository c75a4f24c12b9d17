"""Settings that DescribeTable shows beside keys and indexes are judged or named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

LIMIT = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 50}
NO_LIMIT = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
LOCAL = {
    "IndexName": "UsersByDate",
    "KeySchema": [
        {"AttributeName": "tenant_id", "KeyType": "HASH"},
        {"AttributeName": "email", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
    "IndexSizeBytes": 0,
}
VECTOR = {
    "IndexName": "UsersByMeaning",
    "VectorAttribute": {"AttributeName": "embedding"},
    "Dimensions": 3,
    "DistanceFunction": "COSINE",
    "Projection": {"ProjectionType": "ALL"},
    "IndexSizeBytes": 0,
}
CAPACITY = {"TBL-3 users": "FAIL", "TBL-9 users": "FAIL"}
INDEXES = {"GSI-3 users": "FAIL", "TBL-9 users": "FAIL"}
HERE, THERE = "af-south-1", "eu-west-1"
ELSEWHERE = "us-east-1"


def table_of(answers, region=""):
    """What DescribeTable says of users."""
    return answers["DescribeTable", '"users-', region]["Table"]


def setting(**members):
    """Give users these members of its description."""
    return lambda answers: table_of(answers).update(members)


def of_index(**members):
    """Give an index of users these members of its description."""
    return lambda answers: table_of(answers)["GlobalSecondaryIndexes"][0].update(
        members
    )


def of_key(**members):
    """Give the key of users these members of its description."""

    def change(answers):
        arn = table_of(answers)["SSEDescription"]["KMSMasterKeyArn"]
        answers["DescribeKey", arn]["KeyMetadata"].update(members)

    return change


def key_lost(answers):
    """Let DynamoDB have no access to the key, which is enabled."""
    since = answers.now - timedelta(hours=1)
    table_of(answers)["SSEDescription"]["InaccessibleEncryptionDateTime"] = since


def key_of_another_account(answers):
    """Encrypt users with a key of another account, in the same region."""
    encryption = table_of(answers)["SSEDescription"]
    account = encryption["KMSMasterKeyArn"].split(":")[4]
    arn = encryption["KMSMasterKeyArn"].replace(account, "999988887777")
    encryption["KMSMasterKeyArn"] = arn


BROKEN = {
    "a maximum of writes": (setting(OnDemandThroughput=LIMIT), CAPACITY),
    "a maximum of an index": (of_index(OnDemandThroughput=LIMIT), CAPACITY),
    "another table class": (
        setting(TableClassSummary={"TableClass": "STANDARD_INFREQUENT_ACCESS"}),
        CAPACITY | {"COS-1": "NOT_ASSESSED"},
    ),
    "a local index": (setting(LocalSecondaryIndexes=[LOCAL]), INDEXES),
    "a vector index": (setting(VectorIndexes=[VECTOR]), INDEXES),
    "a local index of a declared name": (
        setting(LocalSecondaryIndexes=[LOCAL | {"IndexName": "UsersByEmail"}]),
        INDEXES,
    ),
    "a replica in a region that is not declared": (
        setting(Replicas=[{"RegionName": ELSEWHERE, "ReplicaStatus": "ACTIVE"}]),
        {"TBL-4 users": "FAIL"},
    ),
    "no protection against disassociation": (
        setting(DisassociationProtectionEnabled=False),
        {"TBL-8 users": "FAIL"},
    ),
    "a key that DynamoDB lost": (key_lost, {"ENC-2 users": "FAIL"}),
    "a key of another account": (
        key_of_another_account,
        {
            "ENC-2 users": "FAIL",
            "ENC-3 users": "NOT_ASSESSED",
            "BKP-5 users": "NOT_ASSESSED",
        },
    ),
    "a key that cannot rotate": (
        lambda answers: answers.fail(
            "GetKeyRotationStatus", code="UnsupportedOperationException"
        ),
        {"ENC-3 campaigns": "FAIL", "ENC-3 users": "FAIL"},
    ),
}
RIGHT = {
    "maxima that were removed": setting(OnDemandThroughput=NO_LIMIT),
    "maxima of an index that were removed": of_index(OnDemandThroughput=NO_LIMIT),
    "the default class, described": setting(
        TableClassSummary={"TableClass": "STANDARD"}
    ),
    "protection against disassociation, described": setting(
        DisassociationProtectionEnabled=True
    ),
    "a throughput that was warmed": setting(
        WarmThroughput={"ReadUnitsPerSecond": 90_000, "WriteUnitsPerSecond": 40_000}
    ),
    "a table that was restored once": setting(
        RestoreSummary={"RestoreInProgress": False}
    ),
    "empty lists": setting(LocalSecondaryIndexes=[], VectorIndexes=[], Replicas=[]),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_setting_that_is_not_declared_fails(sit, what):
    """Each is judged by one criterion, and compared with the previous environment."""
    break_it, differing = BROKEN[what]
    answers = sit.answers()
    break_it(answers)
    assert sit.judge(answers) == differing


@pytest.mark.parametrize("what", RIGHT)
def test_a_setting_that_does_no_harm_passes(sit, what):
    """What AWS shows by default, or what limits nothing, is no difference."""
    answers = sit.answers()
    RIGHT[what](answers)
    assert sit.judge(answers) == {}


def test_a_key_whose_material_expires_is_named(sit):
    """A contract has no word for it, so nothing that rests on the key is decided."""
    answers = sit.answers()
    expires = answers.now + timedelta(days=30)
    of_key(ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=expires)(answers)
    judged = sit.judge(answers, "ENC-2")
    assert judged == {"ENC-2 campaigns": "NOT_ASSESSED", "ENC-2 users": "NOT_ASSESSED"}
    assert f"{expires:%Y-%m-%d}" in str(judged.reasons("ENC-2 users"))


KINESIS = "arn:aws:kinesis:eu-west-1:111122223333:stream/changes"


def feed(answers, status):
    """Let the changes of users go to a Kinesis data stream."""
    destination = {"StreamArn": KINESIS, "DestinationStatus": status}
    answer = answers["DescribeKinesisStreamingDestination", "users-"]
    answer["KinesisDataStreamDestinations"] = [destination]


@pytest.mark.parametrize("status", ["ACTIVE", "ENABLING", "ENABLE_FAILED", "NEW"])
def test_a_kinesis_stream_that_is_not_declared_fails(sit, status):
    """All items leave the table that way; and no probe writes into it."""
    answers = sit.answers()
    feed(answers, status)
    judged = sit.judge(answers)
    assert judged == {"TBL-5 users": "FAIL"}
    assert f"changes: {status}" in str(judged.reasons("TBL-5 users"))
    probed = sit.judge_with_probes(answers, "CRU-1")
    assert probed == {"CRU-1 users": "NOT_ASSESSED"}
    assert f"would wake {KINESIS}" in str(probed.reasons("CRU-1 users"))


def test_a_kinesis_stream_that_was_disabled_is_none(sit):
    """AWS lists it for a while."""
    answers = sit.answers()
    feed(answers, "DISABLED")
    assert sit.judge(answers) == {}


def test_a_kinesis_stream_that_is_declared_passes(sit):
    """A contract names the streams of each environment."""
    answers = sit.answers()
    feed(answers, "ACTIVE")
    declared = declaring(sit, kinesis_streams={"changes": "ACTIVE"})
    assert sit.judge(answers, "TBL-5", declared=declared) == {}
    feed(answers, "ENABLE_FAILED")
    judged = sit.judge(answers, "TBL-5", declared=declared)
    assert judged == {"TBL-5 users": "FAIL"}


def test_a_key_that_is_lost_fails_whatever_else_is_with_it(sit):
    """What is not understood hides no failure."""
    answers = sit.answers()
    expires = answers.now + timedelta(days=30)
    of_key(ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=expires)(answers)
    key_lost(answers)
    judged = sit.judge(answers, "ENC-2")
    assert judged == {"ENC-2 campaigns": "NOT_ASSESSED", "ENC-2 users": "FAIL"}
    of_key(KeyState="Disabled")(answers)
    disabled = sit.judge(answers, "ENC-2")
    assert disabled == {"ENC-2 campaigns": "FAIL", "ENC-2 users": "FAIL"}


def declaring(env, **settings):
    """The contract of the environment, with other settings of users."""
    tables = env.declared.tables
    users = replace(tables["users"], **settings)
    return replace(env.declared, tables=tables | {"users": users})


def test_maxima_that_are_declared_and_ample_pass(sit):
    """A contract may declare a maximum for the case that something runs wild."""
    answers = sit.answers()
    limits = {"MaxReadRequestUnits": 90_000, "MaxWriteRequestUnits": 90_000}
    setting(OnDemandThroughput=limits)(answers)
    declared = declaring(sit, maximum={"reads": 90_000, "writes": 90_000})
    assert sit.judge(answers, "TBL-3", declared=declared) == {}


def test_a_declared_maximum_below_the_declared_load_fails(sit):
    """A captured contract does not make a cap right."""
    answers = sit.answers()
    setting(OnDemandThroughput={"MaxWriteRequestUnits": 5})(answers)
    declared = declaring(sit, maximum={"writes": 5})
    judged = sit.judge(answers, "TBL-3", declared=declared)
    assert judged == {"TBL-3 users": "FAIL"}
    assert "writes: 5, and the declared load needs" in str(
        judged.reasons("TBL-3 users")
    )


def replica_of(answers):
    """What the primary region says of the replica of users."""
    (replica,) = table_of(answers, HERE)["Replicas"]
    return replica


NOT_ACTIVE = {
    "UPDATING": "its settings are being changed",
    "REGION_DISABLED": "the region is switched off",
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "its key cannot be used",
    "REPLICATION_NOT_AUTHORIZED": "do not admit the replication",
    "ARCHIVED": "its key was lost",
}


@pytest.mark.parametrize("status", NOT_ACTIVE)
def test_each_status_of_a_replica_is_told_with_its_meaning(prod, status):
    """REP-1 says what the status means, since when, and what AWS adds."""
    answers = prod.answers()
    replica_of(answers).update(
        ReplicaStatus=status,
        ReplicaStatusDescription="said by AWS",
        ReplicaInaccessibleDateTime=answers.now,
    )
    judged = prod.judge(answers)
    assert judged == {f"REP-1 users {HERE}": "FAIL"}
    reason = str(judged.reasons(f"REP-1 users {HERE}"))
    for fact in (status, NOT_ACTIVE[status], f"{answers.now:%Y-%m-%d}", "said by AWS"):
        assert fact in reason


@pytest.mark.parametrize(
    "members",
    [
        {"ReplicaStatus": "DREAMING"},
        {"ReplicaInaccessibleDateTime": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=["status", "time"],
)
def test_a_state_of_a_replica_that_is_not_documented_is_not_assessed(prod, members):
    """An unknown status, or an active replica that is inaccessible, passes nothing."""
    answers = prod.answers()
    replica_of(answers).update(members)
    judged = prod.judge(answers, "REP-1", "TBL-4")
    assert set(judged.values()) == {"NOT_ASSESSED"}
    assert f"REP-1 users {HERE}" in judged


def test_a_replica_in_another_account_fails(prod):
    """A global table may span accounts: the ARN tells, and nothing else does."""
    answers = prod.answers()
    arn = replica_of(answers)["ReplicaArn"]
    replica_of(answers)["ReplicaArn"] = arn.replace(prod.account, "999988887777")
    judged = prod.judge(answers)
    assert judged == {f"REP-1 users {HERE}": "FAIL"}
    assert "ACTIVE, in account 999988887777" in str(
        judged.reasons(f"REP-1 users {HERE}")
    )


def test_a_replica_in_an_undeclared_region_fails_beside_the_declared_one(prod):
    """It is a copy of all items that nobody declared, seen from each side."""
    answers = prod.answers()
    another = replica_of(answers) | {"RegionName": ELSEWHERE}
    for region in (HERE, THERE):
        table_of(answers, region)["Replicas"].append(another)
    assert prod.judge(answers) == {
        f"REP-1 users {HERE}": "FAIL",
        f"REP-2 users {THERE}": "FAIL",
        f"TBL-4 users {HERE}": "FAIL",
        f"TBL-4 users {THERE}": "FAIL",
    }


def test_strong_consistency_that_is_not_declared_fails(prod):
    """AWS refuses transactions and TTL of such tables."""
    answers = prod.answers()
    table_of(answers, HERE)["MultiRegionConsistency"] = "STRONG"
    assert prod.judge(answers) == {f"REP-1 users {HERE}": "FAIL"}


def test_a_witness_is_named(prod):
    """A contract has no word for it."""
    answers = prod.answers()
    witness = {"RegionName": ELSEWHERE, "WitnessStatus": "ACTIVE"}
    table_of(answers, HERE)["GlobalTableWitnesses"] = [witness]
    judged = prod.judge(answers)
    assert judged == {f"REP-1 users {HERE}": "NOT_ASSESSED"}
    assert ELSEWHERE in str(judged.reasons(f"REP-1 users {HERE}"))


def test_a_maximum_of_a_replica_fails(prod):
    """The replica's override limits its reads alone, and is shown by the primary."""
    answers = prod.answers()
    override = {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 7}}
    replica_of(answers).update(override)
    differing = {f"TBL-3 users {HERE}": "FAIL", f"TBL-9 users {HERE}": "FAIL"}
    assert prod.judge(answers) == differing


def without_arns(answers):
    """Let no replica have an ARN."""
    del replica_of(answers)["ReplicaArn"]


def with_the_own_region(answers):
    """List the own region among the replicas."""
    own = replica_of(answers) | {"RegionName": HERE}
    table_of(answers, HERE)["Replicas"].append(own)


def eventual(answers):
    """Describe the consistency that is the default."""
    table_of(answers, HERE)["MultiRegionConsistency"] = "EVENTUAL"


@pytest.mark.parametrize("change", [without_arns, with_the_own_region, eventual])
def test_other_right_descriptions_of_a_global_table_pass(prod, change):
    """AWS documents none of these as a difference."""
    answers = prod.answers()
    change(answers)
    assert prod.judge(answers) == {}


@pytest.mark.parametrize(
    ("member", "criterion"),
    [
        ("BillingModeSummary", "TBL-3"),
        ("TableClassSummary", "TBL-3"),
        ("StreamSpecification", "TBL-5"),
        ("SSEDescription", "ENC-1"),
    ],
)
def test_a_structure_that_says_nothing_is_not_taken_for_an_absent_one(
    sit, member, criterion
):
    """AWS documents what absence means, and nothing of an empty structure."""
    answers = sit.answers()
    table_of(answers)[member] = {}
    judged = sit.judge(answers, criterion)
    assert judged == {f"{criterion} users": "ERROR"}
    assert f"answered without Table.{member}." in str(
        judged.reasons(f"{criterion} users")
    )
