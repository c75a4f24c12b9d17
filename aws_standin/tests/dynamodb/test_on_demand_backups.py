"""On-demand backups."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

START = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture(autouse=True)
def at(control, stop_clock):
    def move(seconds):
        stop_clock(START + timedelta(seconds=seconds))

    move(0)
    yield move
    control("settings", {"dynamodb": {"backup_creating": 0, "held": {}}})


@pytest.fixture
def table(dynamodb, name):
    create(dynamodb, name)
    put(dynamodb, name, "a")
    return name


def create(dynamodb, name):
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )


def put(dynamodb, name, key):
    dynamodb.put_item(TableName=name, Item={"id": {"S": key}})


def backup(dynamodb, table, name):
    answer = dynamodb.create_backup(TableName=table, BackupName=name)
    return answer["BackupDetails"]


def names(dynamodb, **how):
    found = dynamodb.list_backups(**how)["BackupSummaries"]
    return [one["BackupName"] for one in found]


def status(dynamodb, arn):
    answer = dynamodb.describe_backup(BackupArn=arn)
    return answer["BackupDescription"]["BackupDetails"]["BackupStatus"]


def code_of(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def test_a_backup_is_creating_then_available(dynamodb, table, at, control):
    """CreateBackup is asynchronous (API_CreateBackup, API_BackupDetails)."""
    control("settings", {"dynamodb": {"backup_creating": 60}})
    details = backup(dynamodb, table, "first")

    early = status(dynamodb, details["BackupArn"])
    at(60)

    assert details["BackupStatus"] == early == "CREATING"
    assert details["BackupType"] == "USER"
    assert details["BackupCreationDateTime"] == START
    assert status(dynamodb, details["BackupArn"]) == "AVAILABLE"


def test_a_backup_that_is_creating_is_in_use(dynamodb, table, control):
    """BackupInUseException: it "is either being created, deleted or restored"."""
    control("settings", {"dynamodb": {"backup_creating": 60}})
    arn = backup(dynamodb, table, "first")["BackupArn"]

    deleting = code_of(dynamodb.delete_backup, BackupArn=arn)
    restoring = code_of(
        dynamodb.restore_table_from_backup, BackupArn=arn, TargetTableName="target"
    )

    assert (deleting, restoring) == ("BackupInUseException", "BackupInUseException")


def test_a_backup_can_stay_creating(dynamodb, table, control):
    """A backup can be held in CREATING until it is released."""
    arn = backup(dynamodb, table, "slow")["BackupArn"]
    held = {f"{table}/backup/slow": "CREATING"}
    control("settings", {"dynamodb": {"held": held}})

    early = status(dynamodb, arn)
    control("settings", {"dynamodb": {"held": {}}})

    assert (early, status(dynamodb, arn)) == ("CREATING", "AVAILABLE")


def test_a_backup_describes_its_table(dynamodb, table):
    """DescribeBackup tells of the table as it was (API_SourceTableDetails)."""
    arn = backup(dynamodb, table, "first")["BackupArn"]
    described = dynamodb.describe_table(TableName=table)["Table"]

    answer = dynamodb.describe_backup(BackupArn=arn)

    source = answer["BackupDescription"]["SourceTableDetails"]
    assert source["TableName"] == table
    assert source["TableId"] == described["TableId"]
    assert source["KeySchema"] == described["KeySchema"]
    assert source["ItemCount"] == 1
    assert source["BillingMode"] == "PAY_PER_REQUEST"


def test_list_backups_of_one_table(dynamodb, table):
    """TableName lists that table's backups only (API_ListBackups)."""
    create(dynamodb, table + "-other")
    backup(dynamodb, table, "mine")
    backup(dynamodb, table + "-other", "other")

    assert names(dynamodb, TableName=table) == ["mine"]
    assert sorted(names(dynamodb)) == ["mine", "other"]


def test_list_backups_of_a_time(dynamodb, table, at):
    """The lower bound is inclusive, the upper exclusive (API_ListBackups)."""
    for hour in range(4):
        at(hour * 3600)
        backup(dynamodb, table, f"hour-{hour}")

    found = names(
        dynamodb,
        TimeRangeLowerBound=START + timedelta(hours=1),
        TimeRangeUpperBound=START + timedelta(hours=3),
    )

    assert found == ["hour-1", "hour-2"]


def test_list_backups_in_pages(dynamodb, table, at):
    """A page has at most Limit backups and says where to go on (API_ListBackups)."""
    for number in range(5):
        at(number)
        backup(dynamodb, table, f"backup-{number}")

    pages = dynamodb.get_paginator("list_backups").paginate(
        TableName=table, PaginationConfig={"PageSize": 2}
    )
    found = [[b["BackupName"] for b in page["BackupSummaries"]] for page in pages]

    assert found == [["backup-0", "backup-1"], ["backup-2", "backup-3"], ["backup-4"]]


def test_list_backups_by_type(dynamodb, table):
    """USER is the default; AWS Backup's are never listed (API_ListBackups)."""
    backup(dynamodb, table, "mine")

    listed = {
        kind: names(dynamodb, BackupType=kind)
        for kind in ("USER", "SYSTEM", "AWS_BACKUP", "ALL")
    }

    assert listed == {"USER": ["mine"], "SYSTEM": [], "AWS_BACKUP": [], "ALL": ["mine"]}


def test_a_deleted_backup_is_gone(dynamodb, table):
    """DeleteBackup answers DELETED; then it is not found (API_DeleteBackup)."""
    arn = backup(dynamodb, table, "first")["BackupArn"]

    answer = dynamodb.delete_backup(BackupArn=arn)

    details = answer["BackupDescription"]["BackupDetails"]
    assert details["BackupStatus"] == "DELETED"
    assert code_of(dynamodb.describe_backup, BackupArn=arn) == "BackupNotFoundException"
    assert names(dynamodb) == []


def test_a_backup_belongs_to_its_region(client, account, dynamodb, table):
    """A backup is found in the region of its table only (API_DescribeBackup)."""
    arn = backup(dynamodb, table, "first")["BackupArn"]
    elsewhere = client("dynamodb", "af-south-1", account)

    code = code_of(elsewhere.describe_backup, BackupArn=arn)

    assert code == "BackupNotFoundException"


def test_a_backup_needs_its_table(dynamodb):
    """TableNotFoundException: the table "does not currently exist"."""
    code = code_of(dynamodb.create_backup, TableName="nothing", BackupName="name")

    assert code == "TableNotFoundException"


def test_a_restore_has_the_items_of_the_backup(dynamodb, table):
    """A backup is restored as it was made (API_RestoreTableFromBackup)."""
    arn = backup(dynamodb, table, "first")["BackupArn"]
    put(dynamodb, table, "later")
    target = table + "-restored"

    dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName=target)

    restored = dynamodb.describe_table(TableName=target)["Table"]
    assert dynamodb.scan(TableName=target)["Items"] == [{"id": {"S": "a"}}]
    assert restored["RestoreSummary"]["SourceBackupArn"] == arn
    assert restored["RestoreSummary"]["RestoreInProgress"] is False


def test_a_restore_works_without_the_table(dynamodb, table):
    """A backup outlives its table (Developer guide, "On-demand backup")."""
    arn = backup(dynamodb, table, "first")["BackupArn"]
    dynamodb.delete_table(TableName=table)

    dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName=table)

    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_a_restore_needs_a_new_name(dynamodb, table):
    """TableAlreadyExistsException: a target of that name "already exists"."""
    arn = backup(dynamodb, table, "first")["BackupArn"]

    code = code_of(
        dynamodb.restore_table_from_backup, BackupArn=arn, TargetTableName=table
    )

    assert code == "TableAlreadyExistsException"


def test_a_deleted_table_with_recovery_leaves_a_system_backup(dynamodb, table, at):
    """DynamoDB keeps a backup of it for 35 days.

    Developer guide, "Point-in-time recovery: how it works", deleting a table.
    """
    dynamodb.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    dynamodb.delete_table(TableName=table)

    (left,) = dynamodb.list_backups(BackupType="SYSTEM")["BackupSummaries"]
    at(35 * 86400)

    assert left["BackupExpiryDateTime"] == START + timedelta(days=35)
    assert names(dynamodb, BackupType="SYSTEM") == []
