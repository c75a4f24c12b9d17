"""A table whose calls a trail records."""

import pytest
from tests.table_definitions import BY_ID, create


@pytest.fixture
def cloudtrail(client, account):
    """A client of CloudTrail in the test's own account."""
    return client("cloudtrail", account=account)


@pytest.fixture
def table(client, account, name):
    """Make the table `name`; a client of DynamoDB in its account."""
    dynamodb = client("dynamodb", account=account)
    create(dynamodb, name, **BY_ID)
    return dynamodb
