"""Where the control API asks for it, policies are enforced."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.iam.policy_statements import allow, refused
from tests.table_definitions import BY_STATUS, create


@pytest.fixture
def arn(account, name):
    return f"arn:aws:dynamodb:eu-west-1:{account}:table/{name}"


@pytest.fixture
def table(client, account, name):
    """A table with an item."""
    dynamodb = client("dynamodb", account=account)
    create(dynamodb, name, **BY_STATUS)
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}, "status": {"S": "new"}})
    return dynamodb


KEY = {"id": {"S": "a"}}


@pytest.mark.usefixtures("table")
def test_what_no_policy_allows_is_refused_as_aws_words_it(assumed, name, arn, account):
    """The refusal names caller, action and resource, and says what is lacking.

    IAM User Guide, "Troubleshoot access denied error messages"; HTTP status 400 as in
    DynamoDB Developer Guide, "Error handling".
    """
    dynamodb = assumed(allow("dynamodb:GetItem", arn))("dynamodb")
    assert dynamodb.get_item(TableName=name, Key=KEY)["Item"]["id"] == {"S": "a"}
    assert refused(dynamodb.delete_item, TableName=name, Key=KEY) == (
        f"User: arn:aws:sts::{account}:assumed-role/application/run is not authorized "
        f"to perform: dynamodb:DeleteItem on resource: {arn} because no "
        "identity-based policy allows the dynamodb:DeleteItem action"
    )
    assert dynamodb.get_item(TableName=name, Key=KEY)["Item"]["id"] == {"S": "a"}


@pytest.mark.usefixtures("table")
def test_an_explicit_deny_says_so(assumed, name, arn):
    """An explicit deny wins and is named as the reason.

    IAM User Guide, "Troubleshoot access denied error messages".
    """
    deny = {**allow("dynamodb:GetItem", arn), "Effect": "Deny"}
    dynamodb = assumed(allow("dynamodb:*", "*"), deny)("dynamodb")
    message = refused(dynamodb.get_item, TableName=name, Key=KEY)
    assert message.endswith("with an explicit deny in an identity-based policy")
    assert dynamodb.scan(TableName=name)["Count"] == 1


@pytest.mark.usefixtures("table")
def test_an_index_is_a_resource_of_its_own(assumed, name, arn):
    """Querying an index needs the permission on the index, not on the table.

    DynamoDB Developer Guide, "DynamoDB API permissions: actions, resources, and
    conditions reference".
    """
    dynamodb = assumed(allow("dynamodb:Query", arn))("dynamodb")
    query = {
        "TableName": name,
        "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {":s": {"S": "new"}},
    }
    message = refused(dynamodb.query, IndexName="by-status", **query)
    assert f"on resource: {arn}/index/by-status " in message


@pytest.mark.usefixtures("table")
def test_every_part_of_a_transaction_is_checked(assumed, name, arn):
    """A transaction needs the permission of each of its parts.

    DynamoDB Developer Guide, "Using IAM with DynamoDB transactions".
    """
    dynamodb = assumed(allow("dynamodb:PutItem", arn))("dynamodb")
    put = {"Put": {"TableName": name, "Item": {"id": {"S": "b"}}}}
    drop = {"Delete": {"TableName": name, "Key": KEY}}
    dynamodb.transact_write_items(TransactItems=[put])
    message = refused(dynamodb.transact_write_items, TransactItems=[put, drop])
    assert "dynamodb:DeleteItem" in message


@pytest.mark.usefixtures("table")
def test_leading_keys_limit_items_to_the_callers_own(assumed, name, arn):
    """With dynamodb:LeadingKeys a caller reaches items of its own key values only.

    DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access
    control"; a scan has no leading key, and ForAllValues alone would let it through.
    """
    own = {
        "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["${aws:PrincipalTag/customer}"]
        },
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    actions = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"]
    statement = allow([*actions, "dynamodb:Scan"], arn, Condition=own)
    dynamodb = assumed(statement, tags=[{"Key": "customer", "Value": "a"}])("dynamodb")

    def query(value):
        return {
            "TableName": name,
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": value}},
        }

    other = {"id": {"S": "b"}}
    both = {name: {"Keys": [KEY, other]}}
    assert dynamodb.get_item(TableName=name, Key=KEY)["Item"]["id"] == {"S": "a"}
    assert dynamodb.query(**query("a"))["Count"] == 1
    refused(dynamodb.get_item, TableName=name, Key=other)
    refused(dynamodb.query, **query("b"))
    refused(dynamodb.batch_get_item, RequestItems=both)
    refused(dynamodb.scan, TableName=name)


@pytest.mark.usefixtures("table")
def test_a_session_policy_limits_the_session(assumed, name, arn):
    """A session has what both the role's policies and the session policy allow.

    IAM User Guide, "Policies and permissions in IAM", Session policies.
    """
    limit = {
        "Version": "2012-10-17",
        "Statement": [allow("dynamodb:GetItem", arn)],
    }
    dynamodb = assumed(allow("dynamodb:*", "*"), Policy=json.dumps(limit))("dynamodb")
    dynamodb.get_item(TableName=name, Key=KEY)
    message = refused(dynamodb.scan, TableName=name)
    assert message.endswith("no session policy allows the dynamodb:Scan action")


def test_a_resource_policy_may_deny(table, assumed, name, arn):
    """A deny in the table's resource policy wins over the caller's own policies.

    DynamoDB Developer Guide, "Using resource-based policies for DynamoDB".
    """
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**allow("dynamodb:Scan", arn, Principal="*"), "Effect": "Deny"}],
    }
    dynamodb = assumed(allow("dynamodb:*", "*"))("dynamodb")
    table.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
    message = refused(dynamodb.scan, TableName=name)
    assert message.endswith("with an explicit deny in a resource-based policy")


@pytest.mark.usefixtures("table")
def test_other_services_are_refused_in_their_own_words(assumed, arn):
    """Query-protocol services answer AccessDenied with HTTP status 403.

    IAM API Reference, "Common errors".
    """
    make = assumed(allow("dynamodb:*", arn))
    with pytest.raises(ClientError) as refusal:
        make("iam").list_users()
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert make("sts").get_caller_identity()["Arn"].endswith("application/run")


@pytest.mark.usefixtures("enforced")
def test_a_user_is_known_by_its_access_key(table, client, account, standin, name):
    """A user's key acts with the user's policies, ${aws:username} being its name.

    IAM User Guide, "IAM policy elements: Variables and tags".
    """
    iam = client("iam", account=account)
    iam.create_user(UserName=name)
    own = f"arn:aws:dynamodb:*:*:table/{'${aws:username}'}"
    document = {
        "Version": "2012-10-17",
        "Statement": [allow("dynamodb:GetItem", own)],
    }
    iam.put_user_policy(
        UserName=name, PolicyName="own", PolicyDocument=json.dumps(document)
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    dynamodb = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=standin.endpoint,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    table.create_table(TableName=f"{name}-other", **BY_STATUS)
    assert dynamodb.get_item(TableName=name, Key=KEY)["Item"]["id"] == {"S": "a"}
    message = refused(dynamodb.get_item, TableName=f"{name}-other", Key=KEY)
    assert message.startswith(f"User: arn:aws:iam::{account}:user/{name} is not")


@pytest.mark.usefixtures("table")
def test_a_vault_needs_its_storage_and_its_key(assumed, client, account):
    """CreateBackupVault mounts a capsule and uses the vault's key.

    Source: AWS Backup Developer Guide, "Create a backup vault", required permissions.
    """
    key = client("kms", account=account).create_key()["KeyMetadata"]["Arn"]
    vault = {"BackupVaultName": "vault", "EncryptionKeyArn": key}
    of_key = ["CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey"]
    backup = assumed(
        allow(["backup:CreateBackupVault", "backup-storage:MountCapsule"], "*"),
        allow([f"kms:{action}" for action in of_key], key),
    )("backup")

    with pytest.raises(ClientError, match="kms:RetireGrant"):
        backup.create_backup_vault(**vault)

    iam = client("iam", account=account)
    statement = allow(["backup:*", "backup-storage:*", "kms:*"], "*")
    iam.put_role_policy(
        RoleName="application",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    assert backup.create_backup_vault(**vault)["BackupVaultName"] == "vault"


def test_without_enforcement_everything_is_allowed(table, assumed, name, arn, control):
    """Enforcement is a choice of the control API; off, policies refuse nothing.

    A documented difference from AWS.
    """
    assert table
    dynamodb = assumed(allow("dynamodb:GetItem", arn))("dynamodb")
    control("settings", {"enforcement": {"accounts": []}})
    assert dynamodb.scan(TableName=name)["Count"] == 1
