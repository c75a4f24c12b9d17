"""The tables, indexes and key values that a DynamoDB call names.

Source: botocore's model of DynamoDB, API version 2012-08-10.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aws_standin.dynamodb.tables import table_in_statement

READS = frozenset(
    {
        "GetItem",
        "BatchGetItem",
        "Query",
        "Scan",
        "TransactGetItems",
    }
)
WRITES = frozenset(
    {
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
    }
)
PARTIQL = frozenset(
    {
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
    }
)
ITEM_OPERATIONS = READS | WRITES | PARTIQL
"""The operations on items; CloudTrail calls them data events."""

Parameters = Mapping[str, Any]

_ARNS = ("ResourceArn", "TableArn", "SourceTableArn", "StreamArn")
_NAMES = ("TableName", "SourceTableName", "TargetTableName")


def table_name(name_or_arn: str) -> str:
    """Return the table's name out of a name or any ARN below the table."""
    if ":table/" not in name_or_arn:
        return name_or_arn
    return name_or_arn.partition(":table/")[2].partition("/")[0]


def tables(operation: str, parameters: Parameters) -> list[str]:
    """Return the names of the tables that the call is about, each once."""
    named = [table for table, _ in _parts(operation, parameters)]
    named += [table for table in map(table_in_statement, _texts(parameters)) if table]
    arns = (parameters.get(one) for one in _ARNS)
    named += [arn for arn in arns if isinstance(arn, str) and ":table/" in arn]
    names = (parameters.get(one) for one in _NAMES)
    named += [name for name in names if isinstance(name, str)]
    return list(dict.fromkeys(table_name(one) for one in named))


def index_name(parameters: Parameters) -> str:
    """Return the index that a Query or Scan reads, "" for the table itself."""
    return str(parameters.get("IndexName", ""))


def actions(parameters: Parameters, operation: str) -> list[tuple[str, str]]:
    """Return (table, action) of every part of a transaction, in order."""
    return [
        (table_name(body["TableName"]), kind)
        for part in parameters.get("TransactItems", [])
        for kind, body in part.items()
        if operation.startswith("Transact")
    ]


def keys(operation: str, parameters: Parameters, asked: tuple[str, str]) -> list[str]:
    """Return the values of a table's partition key that items are asked by.

    `asked` is the table and the attribute. A scan, and a query whose condition does
    not name the attribute, has none.
    """
    table, attribute = asked
    if operation == "Query":
        return _queried(parameters, attribute)
    found = (
        item.get(attribute)
        for named, item in _parts(operation, parameters)
        if table_name(named) == table
    )
    return [str(next(iter(value.values()))) for value in found if value]


def _texts(parameters: Parameters) -> list[str]:
    parts = [parameters]
    for member in ("Statements", "TransactStatements"):
        parts += parameters.get(member) or []
    return [part["Statement"] for part in parts if "Statement" in part]


def _parts(
    operation: str, parameters: Parameters
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (table name or ARN, key or item) of every item that is named."""
    match operation:
        case "BatchGetItem":
            for table, asked in parameters.get("RequestItems", {}).items():
                yield from ((table, key) for key in asked.get("Keys", []))
        case "BatchWriteItem":
            for table, writes in parameters.get("RequestItems", {}).items():
                for write in writes:
                    body = next(iter(write.values()))
                    yield table, body.get("Item") or body.get("Key") or {}
        case "TransactWriteItems" | "TransactGetItems":
            for part in parameters.get("TransactItems", []):
                body = next(iter(part.values()))
                yield body["TableName"], body.get("Item") or body.get("Key") or {}
        case "PutItem" | "GetItem" | "UpdateItem" | "DeleteItem":
            item = parameters.get("Item") or parameters.get("Key") or {}
            yield parameters.get("TableName", ""), item


def _queried(parameters: Parameters, attribute: str) -> list[str]:
    names = parameters.get("ExpressionAttributeNames", {})
    values = parameters.get("ExpressionAttributeValues", {})
    condition = parameters.get("KeyConditionExpression", "").replace("(", " ")
    for part in condition.replace(")", " ").split(" AND "):
        left, _, right = part.partition("=")
        named = names.get(left.strip(), left.strip())
        if named == attribute and right.strip() in values:
            return [str(next(iter(values[right.strip()].values())))]
    legacy = parameters.get("KeyConditions", {}).get(attribute)
    if legacy and legacy.get("ComparisonOperator") == "EQ":
        return [str(next(iter(legacy["AttributeValueList"][0].values())))]
    return []
