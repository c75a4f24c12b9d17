"""What DescribeTable says of a table's settings."""

import pytest
from botocore.exceptions import ClientError

KEYS = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture
def make(dynamodb, name):
    def create(**more):
        wanted = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **KEYS, **more}
        dynamodb.create_table(**wanted)
        return dynamodb.describe_table(TableName=name)["Table"]

    return create


@pytest.fixture
def key(client, account):
    return client("kms", account=account).create_key()["KeyMetadata"]["Arn"]


def test_no_sse_description_with_the_aws_owned_key(make):
    """SSEDescription is absent for the AWS-owned key (API_SSESpecification)."""
    assert "SSEDescription" not in make()


def test_sse_without_a_key_is_the_aws_managed_key(make, client, account):
    """Enabled without a key uses alias/aws/dynamodb (API_SSESpecification)."""
    arn = make(SSESpecification={"Enabled": True})["SSEDescription"]["KMSMasterKeyArn"]

    kms = client("kms", account=account)
    of_alias = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert arn == of_alias["Arn"]
    assert of_alias["KeyManager"] == "AWS"


def test_sse_with_a_customer_key_names_its_arn(make, key, client, account):
    """KMSMasterKeyArn is the key's ARN, however it was given (API_SSEDescription)."""
    wanted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key.split("/")[1]}

    described = make(SSESpecification=wanted)["SSEDescription"]

    assert described == {
        "Status": "ENABLED",
        "SSEType": "KMS",
        "KMSMasterKeyArn": key,
    }
    metadata = client("kms", account=account).describe_key(KeyId=key)["KeyMetadata"]
    assert metadata["KeyManager"] == "CUSTOMER"


def test_a_key_that_is_not_there_is_refused(make):
    """A table cannot be made with a key that KMS does not know (API_CreateTable)."""
    wanted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "no-such-key"}

    with pytest.raises(ClientError) as refusal:
        make(SSESpecification=wanted)

    assert refusal.value.response["Error"]["Code"] == "ValidationException"


def test_the_key_can_be_changed_and_taken_away(make, dynamodb, name, key):
    """UpdateTable changes the encryption of a table (API_UpdateTable)."""
    make()

    wanted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.update_table(TableName=name, SSESpecification=wanted)
    changed = dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.update_table(TableName=name, SSESpecification={"Enabled": False})
    taken = dynamodb.describe_table(TableName=name)["Table"]

    assert changed["SSEDescription"]["KMSMasterKeyArn"] == key
    assert "SSEDescription" not in taken


def test_on_demand_says_since_when(make):
    """BillingModeSummary has the mode and its date (API_BillingModeSummary)."""
    described = make()

    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    since = described["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"]
    assert since == described["CreationDateTime"]
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_a_provisioned_table_has_no_billing_summary(make):
    """A table that never was on-demand has no BillingModeSummary.

    It is initially empty for PROVISIONED (API_BillingModeSummary).
    """
    described = make(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)

    assert "BillingModeSummary" not in described
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 5


def test_the_table_class_is_kept_and_changed(make, dynamodb, name):
    """TableClassSummary says the class and when it changed (API_TableClassSummary)."""
    made = make(TableClass="STANDARD_INFREQUENT_ACCESS")

    dynamodb.update_table(TableName=name, TableClass="STANDARD")

    changed = dynamodb.describe_table(TableName=name)["Table"]
    assert made["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert changed["TableClassSummary"]["TableClass"] == "STANDARD"
    assert "LastUpdateDateTime" in changed["TableClassSummary"]


def test_a_protected_table_is_not_deleted(make, dynamodb, name):
    """Deletion protection prevents DeleteTable (API_CreateTable).

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    make(DeletionProtectionEnabled=True)

    with pytest.raises(ClientError) as refusal:
        dynamodb.delete_table(TableName=name)
    assert refusal.value.response["Error"]["Code"] == "ValidationException"

    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)
    assert dynamodb.list_tables()["TableNames"] == []


def test_lists_without_members_are_absent(make):
    """A table without indexes has no list of them (API_TableDescription)."""
    described = make()

    assert "GlobalSecondaryIndexes" not in described
    assert "LocalSecondaryIndexes" not in described


def test_every_table_has_an_id_of_its_own(make, dynamodb, name):
    """TableId is unique to each table, also to one of the same name (API docs)."""
    first = make()["TableId"]
    dynamodb.delete_table(TableName=name)

    assert make()["TableId"] != first
