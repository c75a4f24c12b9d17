"""A stream has a resource policy of its own."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture
def arns(dynamodb, name):
    """The ARNs of a table and of its stream."""
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    table = dynamodb.describe_table(TableName=name)["Table"]
    return table["TableArn"], table["LatestStreamArn"]


def refusal(call, **parameters):
    """The code of the error that a call ends with."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


def test_a_streams_policy_is_not_its_tables(dynamodb, arns):
    """A policy attached to a stream is read of the stream, and of nothing else.

    DynamoDB API Reference, PutResourcePolicy, ResourceArn: "tables and streams".
    """
    table, stream = arns
    policy = {"Version": "2012-10-17", "Statement": []}
    dynamodb.put_resource_policy(ResourceArn=stream, Policy=json.dumps(policy))
    found = dynamodb.get_resource_policy(ResourceArn=stream)["Policy"]
    assert json.loads(found) == policy
    missing = refusal(dynamodb.get_resource_policy, ResourceArn=table)
    assert missing == "PolicyNotFoundException"


def test_a_stream_without_a_policy_says_so(dynamodb, arns):
    """A stream without a policy, or whose policy was deleted, has none.

    DynamoDB API Reference, GetResourcePolicy, Errors: PolicyNotFoundException.
    """
    _, stream = arns
    dynamodb.put_resource_policy(ResourceArn=stream, Policy='{"Statement": []}')
    dynamodb.delete_resource_policy(ResourceArn=stream)
    missing = refusal(dynamodb.get_resource_policy, ResourceArn=stream)
    assert missing == "PolicyNotFoundException"


def test_a_stream_that_is_not_there_is_not_found(dynamodb, arns):
    """The policy of a stream that does not exist is ResourceNotFoundException.

    DynamoDB API Reference, GetResourcePolicy, Errors.
    """
    _, stream = arns
    code = refusal(dynamodb.get_resource_policy, ResourceArn=f"{stream}1")
    assert code == "ResourceNotFoundException"
