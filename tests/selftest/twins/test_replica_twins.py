"""A replica that is missing, or none of its table, fails once on each side."""

from tests.selftest.twins.two_region_env import HERE, LAGS, READ, THERE, alone, found

__all__ = ["alone"]


def without_replica(twin, table):
    """Delete the replica of a table."""
    name = twin.table(table)
    there = twin.client("dynamodb", THERE)
    there.update_table(TableName=name, DeletionProtectionEnabled=False)
    update = {"Delete": {"RegionName": THERE}}
    twin.client("dynamodb", HERE).update_table(TableName=name, ReplicaUpdates=[update])


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
        **{member: like[member] for member in ("KeySchema", "AttributeDefinitions")},
        GlobalSecondaryIndexes=[
            {
                member: index[member]
                for member in ("IndexName", "KeySchema", "Projection")
            }
            for index in like["GlobalSecondaryIndexes"]
        ],
    )
    of_users = [f"({criterion} and users)" for criterion in LAGS]
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
