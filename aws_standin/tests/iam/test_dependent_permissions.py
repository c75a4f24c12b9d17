"""A call needs permissions beside its own: on roles, on keys, on what it makes."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError
from tests.iam.policy_statements import allow, refused
from tests.table_definitions import BY_ID, create

TAG = "aws:ResourceTag/made-by"
RESTORE = [
    *("kms:Decrypt", "kms:CreateGrant", "kms:DescribeKey", "kms:Encrypt"),
    *("kms:GenerateDataKey*", "kms:ReEncrypt*"),
]
FILL = [
    *("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem"),
    *("dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem"),
]
THROUGH = {"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}}
KEY = {"id": {"S": "a"}}


@pytest.fixture
def key(client, account):
    """A key of the customer."""
    return client("kms", account=account).create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def table(client, account, name):
    """Make a table under a key, or under AWS's own."""

    def table(key=None):
        sse = {"Enabled": True, "SSEType": "KMS"}
        sse |= {"KMSMasterKeyId": key} if key else {}
        dynamodb = client("dynamodb", account=account)
        create(dynamodb, name, **BY_ID, SSESpecification=sse)
        return f"arn:aws:dynamodb:eu-west-1:{account}:table/{name}"

    return table


def test_items_under_a_customers_key_need_the_key(table, key, name, assumed):
    """DynamoDB decrypts in the caller's name; the refusal is the key's.

    DynamoDB Developer Guide, "DynamoDB encryption at rest: usage notes"; the words are
    those of public reports, with those of IAM behind them.
    """
    arn = table(key)
    message = refused(
        assumed(allow("dynamodb:GetItem", arn))("dynamodb").get_item,
        TableName=name,
        Key=KEY,
    )
    assert message.startswith("KMS key access denied error: User: ")
    assert f"to perform: kms:Decrypt on resource: {key} because" in message


@pytest.mark.parametrize("service", ["dynamodb", "s3"])
def test_the_key_is_used_by_way_of_the_service(table, key, name, assumed, service):
    """A condition on kms:ViaService holds for DynamoDB, and not for another service.

    KMS Developer Guide, "AWS KMS condition keys", kms:ViaService.
    """
    arn = table(key)
    through = {"StringEquals": {"kms:ViaService": f"{service}.eu-west-1.amazonaws.com"}}
    decrypt = allow("kms:Decrypt", key, Condition=through)
    dynamodb = assumed(allow("dynamodb:GetItem", arn), decrypt)("dynamodb")
    if service == "dynamodb":
        assert "Item" not in dynamodb.get_item(TableName=name, Key=KEY)
    else:
        refused(dynamodb.get_item, TableName=name, Key=KEY)


def test_items_under_awss_own_key_need_no_key(table, name, assumed):
    """The key policy of `aws/dynamodb` admits every caller of the account."""
    arn = table()
    dynamodb = assumed(allow("dynamodb:GetItem", arn))("dynamodb")
    assert "Item" not in dynamodb.get_item(TableName=name, Key=KEY)


@pytest.fixture
def saved(table, key, client, account, name):
    """The ARN of a table under a customer's key, and of a backup of it."""
    arn = table(key)
    made = client("dynamodb", account=account).create_backup(
        TableName=name, BackupName="made"
    )
    return arn, made["BackupDetails"]["BackupArn"]


@pytest.mark.parametrize("lacking", [*RESTORE, *FILL, ""])
def test_a_restore_needs_key_and_items_of_the_new_table(
    saved, key, name, assumed, lacking
):
    """Without one of the dependent actions a restore is refused, and makes nothing.

    DynamoDB Developer Guide, "Using IAM with DynamoDB backup and restore".
    """
    arn, backup = saved
    keys = [action for action in RESTORE if action != lacking]
    items = [action for action in FILL if action != lacking]
    restore = ["dynamodb:RestoreTableFromBackup"]
    dynamodb = assumed(
        allow(restore, [f"{arn}/backup/*", f"{arn}-new"]),
        allow(items, f"{arn}-new"),
        allow(keys, key, Condition=THROUGH),
    )("dynamodb")
    given = {"TargetTableName": f"{name}-new", "BackupArn": backup}
    if lacking:
        message = refused(dynamodb.restore_table_from_backup, **given)
        assert f"to perform: {lacking.rstrip('*')}" in message
    else:
        dynamodb.restore_table_from_backup(**given)


@pytest.fixture
def vault(client, account, key):
    """A vault with a role for it, both by name."""
    client("backup", account=account).create_backup_vault(
        BackupVaultName="own", EncryptionKeyArn=key
    )
    iam = client("iam", account=account)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "backup.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = iam.create_role(RoleName="jobs", AssumeRolePolicyDocument=json.dumps(trust))[
        "Role"
    ]["Arn"]
    return f"arn:aws:backup:eu-west-1:{account}:backup-vault:own", role


@pytest.mark.parametrize("service", ["backup.amazonaws.com", "ec2.amazonaws.com"])
def test_a_job_needs_its_vault_and_to_pass_its_role(table, vault, assumed, service):
    """StartBackupJob is about the vault, and passes a role to AWS Backup.

    Service Authorization Reference, AWS Backup, "Dependent actions".
    """
    arn = table()
    where, role = vault
    passed = {"StringEquals": {"iam:PassedToService": service}}
    backup = assumed(
        allow("backup:StartBackupJob", where),
        allow("iam:PassRole", role, Condition=passed),
    )("backup")
    given = {"BackupVaultName": "own", "ResourceArn": arn, "IamRoleArn": role}
    if service == "backup.amazonaws.com":
        assert backup.start_backup_job(**given)["BackupJobId"]
    else:
        message = refused(backup.start_backup_job, **given)
        assert f"iam:PassRole on resource: {role}" in message


@pytest.fixture
def made_point(client, account, vault, table):
    """Make a recovery point with a tag; return what a removal of it is given."""

    def made_point(tag):
        _, role = vault
        made = client("backup", account=account).start_backup_job(
            BackupVaultName="own",
            ResourceArn=table(),
            IamRoleArn=role,
            RecoveryPointTags={"made-by": tag},
        )
        return {
            "BackupVaultName": "own",
            "RecoveryPointArn": made["RecoveryPointArn"],
        }

    return made_point


@pytest.mark.parametrize("tag", ["us", "others"])
def test_recovery_points_are_known_by_their_tags(made_point, account, assumed, tag):
    """A condition on aws:ResourceTag binds changes to recovery points with the tag.

    Service Authorization Reference, AWS Backup, resource type recoveryPoint. A point
    that is being made cannot be removed yet, which only those are told who may.
    """
    given = made_point(tag)
    points = f"arn:aws:backup:eu-west-1:{account}:recovery-point:*"
    ours = {"StringEquals": {TAG: "us"}}
    backup = assumed(allow("backup:DeleteRecoveryPoint", points, Condition=ours))(
        "backup"
    )
    with pytest.raises(ClientError) as refusal:
        backup.delete_recovery_point(**given)
    code = refusal.value.response["Error"]["Code"]
    assert (code == "AccessDeniedException") is (tag == "others")


def code():
    """A function's zip file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("service.py", "")
    return {"ZipFile": packed.getvalue()}


def test_variables_under_a_customers_key_are_hidden(
    client, account, key, vault, assumed
):
    """Without the key, GetFunctionConfiguration shows an error in their place.

    Lambda API Reference, EnvironmentResponse and EnvironmentError.
    """
    _, role = vault
    client("lambda", account=account).create_function(
        FunctionName="own",
        Role=role,
        Runtime="python3.12",
        Handler="service.handle",
        Code=code(),
        Environment={"Variables": {"TABLE": "orders"}},
        KMSKeyArn=key,
    )
    function = f"arn:aws:lambda:eu-west-1:{account}:function:own"
    reads = allow("lambda:GetFunctionConfiguration", function)

    shown = assumed(reads)("lambda")
    hidden = shown.get_function_configuration(FunctionName="own")["Environment"]
    assert hidden["Error"]["ErrorCode"] == "AccessDeniedException"
    assert f"kms:Decrypt on resource: {key}" in hidden["Error"]["Message"]
    through = {"StringEquals": {"kms:ViaService": "lambda.eu-west-1.amazonaws.com"}}
    client("iam", account=account).put_role_policy(
        RoleName="application",
        PolicyName="key",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [allow("kms:Decrypt", key, Condition=through)],
            }
        ),
    )
    plain = shown.get_function_configuration(FunctionName="own")["Environment"]
    assert plain == {"Variables": {"TABLE": "orders"}}


def test_log_groups_and_objects_are_resources(client, account, assumed):
    """Events are read from a group, objects from a bucket, by prefix.

    Service Authorization Reference, CloudWatch Logs and S3; the ARN of a group ends in
    its streams, as refusals show it.
    """
    client("logs", account=account).create_log_group(logGroupName="/own")
    bucket = f"bucket-{account}"
    s3 = client("s3", account=account)
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.put_object(Bucket=bucket, Key="own/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="other/a", Body=b"x")
    listed = {"StringLike": {"s3:prefix": ["own/*"]}}
    make = assumed(
        allow("logs:FilterLogEvents", f"arn:aws:logs:*:{account}:log-group:/own:*"),
        allow("s3:GetObject", f"arn:aws:s3:::{bucket}/own/*"),
        allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition=listed),
    )
    assert make("logs").filter_log_events(logGroupName="/own")["events"] == []
    assert "log-group:/other:log-stream:" in refused(
        make("logs").filter_log_events, logGroupName="/other"
    )
    ours = make("s3")
    assert ours.list_objects_v2(Bucket=bucket, Prefix="own/")["KeyCount"] == 1
    assert ours.get_object(Bucket=bucket, Key="own/a")["Body"].read() == b"x"
    for call, given in (
        (ours.list_objects_v2, {"Prefix": "other/"}),
        (ours.get_object, {"Key": "other/a"}),
    ):
        with pytest.raises(ClientError) as refusal:
            call(Bucket=bucket, **given)
        assert refusal.value.response["Error"]["Code"] == "AccessDenied"


def test_decisions_name_the_statement_that_allowed(table, name, assumed, control):
    """A test sees which statements of a policy were needed."""
    arn = table()
    control("decisions/reset", {})
    dynamodb = assumed(allow("dynamodb:GetItem", arn, Sid="Items"))("dynamodb")
    dynamodb.get_item(TableName=name, Key=KEY)
    refused(dynamodb.scan, TableName=name)
    decided = {
        decision["action"]: (decision["verdict"], decision["statements"])
        for decision in control("decisions")["decisions"]
        if decision["resource"] == arn
    }
    assert decided == {
        "dynamodb:GetItem": ("allowed", ["role_application_own/Items"]),
        "dynamodb:Scan": ("implicitDeny", []),
    }
