"""The stand-in answers boto3 in front of moto."""

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


def make(dynamodb, name):
    return dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )


def test_an_item_comes_back(dynamodb, name):
    """GetItem returns the attributes that PutItem stored (API_GetItem)."""
    make(dynamodb, name)
    item = {"id": {"S": "a"}, "n": {"N": "1"}}

    dynamodb.put_item(TableName=name, Item=item)

    assert dynamodb.get_item(TableName=name, Key={"id": {"S": "a"}})["Item"] == item


def test_twelve_digits_are_the_account(client, account):
    """GetCallerIdentity names the account of the key (STS API_GetCallerIdentity)."""
    assert client("sts", account=account).get_caller_identity()["Account"] == account


def test_accounts_do_not_see_each_other(client, name):
    """A table belongs to one account (Developer guide, Core components)."""
    make(client("dynamodb", account="100000000001"), name)

    other = client("dynamodb", account="100000000002")

    assert other.list_tables()["TableNames"] == []


def test_regions_do_not_see_each_other(client, account, name):
    """A table lives in one region (API_ListTables)."""
    make(client("dynamodb", "eu-west-1", account), name)

    assert client("dynamodb", "af-south-1", account).list_tables()["TableNames"] == []


def test_an_assumed_role_acts_in_its_own_account(client, standin):
    """A role's temporary key acts for the role's account (STS API_AssumeRole)."""
    role = "arn:aws:iam::200000000002:role/deploy"
    sts = client("sts", account="200000000001")
    keys = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]

    assumed = boto3.session.Session().client(
        "sts",
        region_name="eu-west-1",
        endpoint_url=standin.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )

    assert assumed.get_caller_identity()["Account"] == "200000000002"


@pytest.mark.parametrize("service", ["kms", "sns", "s3", "cloudwatch", "ec2", "backup"])
def test_other_services_pass_through(client, account, service):
    """Whatever no behaviour answers, moto answers, in each protocol of AWS."""
    one = client(service, account=account)
    listing = {
        "kms": "list_keys",
        "sns": "list_topics",
        "s3": "list_buckets",
        "cloudwatch": "describe_alarms",
        "ec2": "describe_regions",
        "backup": "list_backup_vaults",
    }

    answer = getattr(one, listing[service])()

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_unknown_setting_is_refused_with_the_known_ones(control):
    """The control API never ignores a misspelt name."""
    status, answer = control("settings", {"nothing": {}})

    assert status == 400
    assert "known" in answer["error"]


def test_the_clock_can_be_set_and_shifted(control):
    """The stand-in's time is settable, shiftable and can be stopped."""
    control("clock", {"now": "2030-01-01T00:00:00+00:00", "stopped": True})
    try:
        shifted = control("clock", {"shift": 3600})
    finally:
        control("clock", {"reset": True})

    assert shifted == {"now": "2030-01-01T01:00:00+00:00", "stopped": True}


def test_an_internal_call_speaks_each_protocol(standin, account):
    """The stand-in calls itself as boto3 would: json, query and rest-json."""
    call = standin.standin.call

    made = call("kms", "CreateKey", account, "eu-west-1")
    keys = call("kms", "ListKeys", account, "eu-west-1")["Keys"]
    topic = call("sns", "CreateTopic", account, "eu-west-1", Name="t")
    vaults = call("backup", "ListBackupVaults", account, "eu-west-1")

    assert [key["KeyId"] for key in keys] == [made["KeyMetadata"]["KeyId"]]
    assert topic["TopicArn"] == f"arn:aws:sns:eu-west-1:{account}:t"
    assert vaults["BackupVaultList"] == []


def test_a_body_that_asks_first_is_not_kept_waiting(client, account):
    """A client that sends Expect: 100-continue gets its answer (S3 API_PutObject)."""
    s3 = client("s3", "us-east-1", account)
    s3.create_bucket(Bucket=f"bucket-{account}")

    s3.put_object(Bucket=f"bucket-{account}", Key="key", Body=b"x" * 2_000_000)

    stored = s3.get_object(Bucket=f"bucket-{account}", Key="key")
    assert len(stored["Body"].read()) == 2_000_000


def test_what_nobody_implements_says_so_once(client, account):
    """An operation that moto lacks is HTTP 501, not an HTML page or a dropped call."""
    with pytest.raises(ClientError) as refusal:
        client("dynamodb", account=account).list_contributor_insights()

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
