"""The tables that would stand after a plan is applied."""

from collections.abc import Mapping
from typing import Any

from conformance.deployed.index import key
from conformance.model.errors import NotAssessedError
from conformance.model.table import Index, Key, Projection
from conformance.terraform.configuration import Configuration, Origin
from conformance.terraform.resources import Resource, Values

MISSING = "MISSING"
PLANNED = "PLANNED"
_OF_CUSTOMERS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key")
_AWS_ALIAS = "alias/aws/"


class PlannedTable:
    """One table of the plan, by its declared name."""

    def __init__(
        self, found: list[Resource], keys: "Keys", *, names_are_known: bool
    ) -> None:
        """Know the resources that have the table's name."""
        self._found = found
        self._keys = keys
        self._names_are_known = names_are_known

    @property
    def status(self) -> str:
        """`PLANNED`, `MISSING`, or how often the plan has it."""
        if not self._found and not self._names_are_known:
            raise NotAssessedError("the name of a table is known only after apply")
        several = f"{PLANNED} {len(self._found)} times"
        return {0: MISSING, 1: PLANNED}.get(len(self._found), several)

    @property
    def key(self) -> Key:
        """Partition and sort key with their types."""
        return key(_schema(self._values), types(self._values))

    @property
    def indexes(self) -> Mapping[str, Index]:
        """Every global secondary index, by name."""
        return indexes(self._values)

    @property
    def local_indexes(self) -> frozenset[str]:
        """The names of the local secondary indexes."""
        blocks = self._values.blocks("local_secondary_index")
        return frozenset(str(block["name"]) for block in blocks)

    def index(self, name: str) -> "PlannedIndex":
        """Return the index of this name, which may be missing."""
        return PlannedIndex(self.indexes.get(name))

    @property
    def capacity_mode(self) -> str:
        """`PAY_PER_REQUEST` or `PROVISIONED`."""
        return str(self._values["billing_mode"])

    @property
    def recovery_status(self) -> str:
        """Point-in-time recovery: `ENABLED` or `DISABLED`; no block means off."""
        blocks = self._values.blocks("point_in_time_recovery")
        return "ENABLED" if any(block["enabled"] for block in blocks) else "DISABLED"

    @property
    def key_class(self) -> str:
        """The owner of the encryption key; no block means the key that AWS owns."""
        blocks = self._values.blocks("server_side_encryption")
        if not any(block["enabled"] for block in blocks):
            return "AWS_OWNED"
        return self._keys.class_of(self._one, blocks[0])

    @property
    def tags(self) -> dict[str, str]:
        """With those that the provider gives to everything."""
        values = self._values
        name = "tags_all" if "tags_all" in values.content else "tags"
        return dict(values[name] or {})

    @property
    def _one(self) -> Resource:
        if self.status != PLANNED:
            raise NotAssessedError(f"the table is {self.status.lower()} (TFP-1)")
        return self._found[0]

    @property
    def _values(self) -> Values:
        return standing_values(self._one)


class PlannedIndex:
    """One index of a planned table, or the lack of one."""

    def __init__(self, index: Index | None) -> None:
        """Know the index."""
        self._index = index

    @property
    def status(self) -> str:
        """`PLANNED` or `MISSING`."""
        return PLANNED if self._index else MISSING

    @property
    def key(self) -> Key:
        """Partition and sort key with their types."""
        return self._planned.key

    @property
    def projection(self) -> Projection:
        """The attributes that the index would carry."""
        return self._planned.projection

    @property
    def _planned(self) -> Index:
        if self._index is None:
            raise NotAssessedError("the index is missing (TFP-2)")
        return self._index


class Keys:
    """The owners of the KMS keys that a plan names."""

    def __init__(
        self,
        resources: tuple[Resource, ...],
        prior: list[dict[str, Any]],
        configuration: Configuration,
    ) -> None:
        """Know the plan's keys, and those that it looked up."""
        self._configuration = configuration
        self._classes = dict(_looked_up(prior))
        for resource in resources:
            if (
                resource.type in _OF_CUSTOMERS
                and resource.after
                and resource.after.known("arn")
            ):
                self._classes[resource.after["arn"]] = "CUSTOMER_MANAGED"

    def class_of(self, table: Resource, encryption: Values) -> str:
        """Return the class of the block's key; no key means AWS's own of the account.

        Raises:
            NotAssessedError: the plan does not show whose it is.
        """
        if encryption.knows("kms_key_arn"):
            return self._class_of_arn(encryption["kms_key_arn"] or _AWS_ALIAS)
        block = ("server_side_encryption", 0)
        written = self._configuration.sets(table, *block)
        if written and not self._configuration.sets(table, *block, "kms_key_arn"):
            return "AWS_MANAGED"
        origins = self._configuration.origins(table, *block, "kms_key_arn")
        if all(map(_is_arn_of_ours, origins)):
            return "CUSTOMER_MANAGED"
        raise NotAssessedError(
            "the key is known only after apply, and the configuration does not show "
            "whose it is"
        )

    def _class_of_arn(self, arn: str) -> str:
        if arn in self._classes:
            return str(self._classes[arn])
        if _AWS_ALIAS in arn:
            return "AWS_MANAGED"
        if ":alias/" in arn:  # only a customer's own key may have another alias
            return "CUSTOMER_MANAGED"
        raise NotAssessedError(f"the plan does not show whose key {arn} is")


def standing_values(resource: Resource) -> Values:
    """Return the values of a resource after apply."""
    return resource.after or Values(resource.address, {})


def types(values: Values) -> dict[str, str]:
    """Return the types of the attributes that keys use."""
    return {
        attribute["name"]: attribute["type"] for attribute in values.blocks("attribute")
    }


def indexes(values: Values) -> Mapping[str, Index]:
    """Return the global secondary indexes of a table, by name."""
    known = types(values)
    return {
        index["name"]: Index(
            index["name"], key(_schema(index), known), _projection(index)
        )
        for index in values.blocks("global_secondary_index")
    }


def _schema(values: Values) -> list[dict[str, str]]:
    """Return a key schema in DynamoDB's form; Terraform may write `""` for no key."""
    newer = values.blocks("key_schema")  # of indexes, since version 6 of the provider
    if newer:
        return [
            {
                "AttributeName": newer_key["attribute_name"],
                "KeyType": newer_key["key_type"],
            }
            for newer_key in newer
        ]
    partition = {"AttributeName": values["hash_key"], "KeyType": "HASH"}
    sort = values["range_key"]
    return [partition, *([{"AttributeName": sort, "KeyType": "RANGE"}] if sort else [])]


def _projection(values: Values) -> Projection:
    kind = str(values["projection_type"])
    attributes = values["non_key_attributes"] if kind == "INCLUDE" else ()
    return Projection(kind, frozenset(attributes or ()))


def _looked_up(prior: list[dict[str, Any]]) -> Any:
    """Keys and aliases that the plan read, with whose they are."""
    owners = {"CUSTOMER": "CUSTOMER_MANAGED", "AWS": "AWS_MANAGED"}
    for resource in prior:
        values = resource["values"]
        if resource["type"] == "aws_kms_key" and resource["mode"] == "data":
            if values.get("key_manager") in owners:
                yield values.get("arn"), owners[values["key_manager"]]
        elif resource["type"] == "aws_kms_alias":
            is_aws = str(values.get("name", "")).startswith(_AWS_ALIAS)
            whose = owners["AWS" if is_aws else "CUSTOMER"]
            yield values.get("target_key_arn"), whose


def _is_arn_of_ours(origin: Origin) -> bool:
    kind, _, rest = origin.reference.partition(".")
    return kind in _OF_CUSTOMERS and rest.endswith(".arn")
