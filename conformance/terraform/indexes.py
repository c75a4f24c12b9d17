"""The keys and global secondary indexes of a table, as a Terraform plan has them."""

from collections.abc import Mapping

from conformance.deployed.index import key
from conformance.model.errors import NotAssessedError
from conformance.model.table import Index, Key, Projection
from conformance.terraform.resources import Values

Types = Mapping[str, str]
"""The types of the attributes that keys use, by name."""


def types(values: Values) -> Types:
    """Return the types of the attributes that keys use."""
    return {
        attribute.text("name"): attribute.text("type")
        for attribute in values.blocks("attribute")
    }


def indexes(values: Values) -> Mapping[str, Index]:
    """Return the global secondary indexes of a table, by name."""
    known = types(values)
    return {
        index.text("name"): Index(
            index.text("name"), key_of(index, known), projection(index)
        )
        for index in values.blocks("global_secondary_index")
    }


def key_of(values: Values, known: Types) -> Key:
    """Return the key of a table or of an index.

    Raises:
        NotAssessedError: the plan does not show it wholly.
    """
    schema = _schema(values)
    for element in schema:
        if element["AttributeName"] not in known:
            raise NotAssessedError(
                f"{values.where}: the plan does not say the type of "
                f"{element['AttributeName']}"
            )
    if not any(element["KeyType"] == "HASH" for element in schema):
        raise NotAssessedError(f"{values.where}: the plan shows no partition key")
    return key(schema, known)


def projection(values: Values) -> Projection:
    """Return the attributes that an index carries."""
    kind = values.text("projection_type")
    attributes = values.texts("non_key_attributes") if kind == "INCLUDE" else ()
    return Projection(kind, frozenset(attributes))


def _schema(values: Values) -> list[dict[str, str]]:
    """Return a key schema in DynamoDB's form; Terraform may write `""` for no key."""
    newer = values.blocks("key_schema")  # of indexes, since version 6 of the provider
    if newer:
        return [
            {
                "AttributeName": newer_key.text("attribute_name"),
                "KeyType": newer_key.text("key_type"),
            }
            for newer_key in newer
        ]
    partition, sort = values["hash_key"], values["range_key"]
    named = [("HASH", partition), ("RANGE", sort)]
    return [
        {"AttributeName": str(name), "KeyType": kind} for kind, name in named if name
    ]
