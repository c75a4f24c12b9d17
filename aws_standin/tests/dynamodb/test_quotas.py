"""Tables and indexes that AWS refuses, the stand-in refuses."""

import pytest
from botocore.exceptions import ClientError
from tests.dynamodb.indexed_table import code_of, create, dynamodb, index, table

__all__ = ["dynamodb", "table"]


@pytest.mark.parametrize("kind", ["BOOL", "M", "SS"])
def test_key_types_are_string_number_and_binary(dynamodb, name, kind):
    """AttributeType is S, N or B (API_AttributeDefinition)."""
    with pytest.raises(ClientError, match="enum value set") as raised:
        create(dynamodb, name, kind=kind)

    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_a_table_has_20_global_indexes_at_most(dynamodb, name):
    """The default quota is 20 global secondary indexes ("Quotas")."""
    with pytest.raises(ClientError, match="per-table limit of 20"):
        create(dynamodb, name, indexes=21)
    create(dynamodb, name, indexes=20)

    code = code_of(
        dynamodb.update_table,
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index(20)}],
    )

    assert code == "ValidationException"


def test_one_index_is_made_at_a_time(dynamodb, table):
    """One online index operation per UpdateTable (API_UpdateTable)."""
    code = code_of(
        dynamodb.update_table,
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index(n)} for n in (1, 2)],
    )

    assert code == "LimitExceededException"


def test_a_deleted_index_must_be_there(dynamodb, table):
    """An index that the table does not have cannot be deleted (API_UpdateTable)."""
    code = code_of(
        dynamodb.update_table,
        TableName=table,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "nothing"}}],
    )

    assert code == "ResourceNotFoundException"
