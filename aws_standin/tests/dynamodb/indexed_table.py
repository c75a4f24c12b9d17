"""A table with an index, and why requests on it are refused."""

import pytest
from botocore.exceptions import ClientError

S = {"S": "x"}
KEY = {"id": {"S": "a"}}


@pytest.fixture
def dynamodb(client, account):
    """A client of the test's own account."""
    return client("dynamodb", account=account)


def index(number, attribute="kind"):
    """Return an index as CreateTable takes it."""
    return {
        "IndexName": f"index-{number:02}",
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def create(dynamodb, name, indexes=1, kind="S"):
    """Make a table with so many indexes over an attribute of this type."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": kind},
        ],
        GlobalSecondaryIndexes=[index(number) for number in range(indexes)],
    )


@pytest.fixture
def table(dynamodb, name):
    """A table with a string partition key and an index over a string."""
    create(dynamodb, name)
    return name


@pytest.fixture
def refusal(dynamodb, table):
    """Call an operation on the table and return why it was refused."""

    def of(operation, **parameters):
        with pytest.raises(ClientError) as raised:
            getattr(dynamodb, operation)(TableName=table, **parameters)
        error = raised.value.response["Error"]
        assert error["Code"] == "ValidationException"
        return error["Message"]

    return of


def code_of(call, **parameters):
    """Return the code of the error that a call is refused with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]
