"""The owners of the KMS keys that a Terraform plan names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import NotAssessedError
from conformance.terraform.configuration import Configuration, Origin
from conformance.terraform.resources import Resource, Values

AWS_MANAGED = "AWS_MANAGED"
CUSTOMER_MANAGED = "CUSTOMER_MANAGED"
OF_CUSTOMERS = frozenset(
    {
        "aws_kms_external_key",
        "aws_kms_key",
        "aws_kms_replica_external_key",
        "aws_kms_replica_key",
    }
)
SWITCHES = ("is_enabled", "enabled")
"""The attribute that disables a key: of `aws_kms_key`, and of the other types."""
_AWS_ALIAS = "alias/aws/"
_UNUSABLE = f"{CUSTOMER_MANAGED}, disabled, deleted or of another use"
_KIND = {
    "customer_master_key_spec": "SYMMETRIC_DEFAULT",
    "key_usage": "ENCRYPT_DECRYPT",
}


@dataclass(frozen=True)
class Place:
    """Account and region of what a key encrypts: DynamoDB takes no key from elsewhere.

    Source: Developer Guide, "DynamoDB encryption at rest: usage notes".
    """

    account: str
    region: str


class Keys:
    """The plan's keys, and those that it looked up."""

    def __init__(
        self,
        resources: tuple[Resource, ...],
        prior: list[dict[str, Any]],
        configuration: Configuration,
    ) -> None:
        """Know the keys."""
        self._configuration = configuration
        self._classes = dict(_looked_up(prior))
        self._disabled: set[str | Origin] = set(_disabled_elsewhere(prior))
        for resource in resources:
            if resource.type in OF_CUSTOMERS:
                self._know(resource)

    def _know(self, key: Resource) -> None:
        values = key.after or key.before
        arn = values.known("arn") if values else None
        if arn:
            self._classes[arn] = CUSTOMER_MANAGED
        if key.after is None or not is_usable(key.after):
            names = (arn, self._configuration.origin_of(key, "arn"))
            self._disabled |= {name for name in names if name}

    def class_of(
        self,
        resource: Resource,
        path: tuple[str | int, ...],
        block: Values,
        place: Place,
    ) -> str:
        """Return the class of a block's key; no key means AWS's own of the account.

        A key that is disabled or gone, or of another place, is of no class that can be
        declared. `path` leads to the block in the configuration.

        Raises:
            NotAssessedError: the plan does not show whose it is.
        """
        if block.knows("kms_key_arn"):
            return self._class_of_arn(block["kms_key_arn"] or _AWS_ALIAS, place)
        written = self._configuration.sets(resource, *path)
        if written and not self._configuration.sets(resource, *path, "kms_key_arn"):
            return AWS_MANAGED
        origins = self._configuration.origins(resource, *path, "kms_key_arn")
        if not all(map(_is_arn_of_ours, origins)):
            raise NotAssessedError(
                f"{block.where}: the key is known only after apply, and the "
                "configuration does not show whose it is"
            )
        unusable = self._disabled & origins
        return _UNUSABLE if unusable else CUSTOMER_MANAGED

    def _class_of_arn(self, arn: str, place: Place) -> str:
        if arn in self._disabled:
            return _UNUSABLE
        _, region, account = [*arn.split(":")[2:5], "", "", ""][:3]
        elsewhere = [
            found
            for found, wanted in ((region, place.region), (account, place.account))
            if found and found != wanted
        ]
        return ", of ".join([self._owner(arn), *elsewhere])

    def _owner(self, arn: str) -> str:
        if arn in self._classes:
            return str(self._classes[arn])
        if _AWS_ALIAS in arn:
            return AWS_MANAGED
        if ":alias/" in arn:  # only a customer's own key may have another alias
            return CUSTOMER_MANAGED
        raise NotAssessedError(f"the plan does not show whose key {arn} is")


def is_usable(key: Values) -> bool:
    """Return True if a key would be enabled, and one that encrypts tables.

    An absent switch means enabled, an absent kind the default, which is right. DynamoDB
    takes symmetric keys alone (Developer Guide, "Encryption at rest: usage notes").
    """
    on = all(key.known(switch) is not False for switch in SWITCHES)
    return on and all(
        key.known(attribute) in (None, "", right) for attribute, right in _KIND.items()
    )


def _looked_up(prior: list[dict[str, Any]]) -> Iterator[tuple[Any, str]]:
    """Keys and aliases that the plan read, with whose they are."""
    owners: Mapping[Any, str] = {"CUSTOMER": CUSTOMER_MANAGED, "AWS": AWS_MANAGED}
    for resource in prior:
        values = resource["values"]
        if resource["type"] == "aws_kms_key" and resource["mode"] == "data":
            if values.get("key_manager") in owners:
                yield values.get("arn"), owners[values["key_manager"]]
        elif resource["type"] == "aws_kms_alias":
            is_aws = str(values.get("name", "")).startswith(_AWS_ALIAS)
            yield values.get("target_key_arn"), owners["AWS" if is_aws else "CUSTOMER"]


def _disabled_elsewhere(prior: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the ARNs of keys that the plan read, and that encrypt nothing any more."""
    for resource in prior:
        values = resource["values"]
        is_key = resource["type"] == "aws_kms_key" and resource["mode"] == "data"
        if is_key and values.get("enabled") is False and values.get("arn"):
            yield values["arn"]


def _is_arn_of_ours(origin: Origin) -> bool:
    """Return True if it is a key of ours, or an alias: AWS's own cannot be made."""
    kind, _, rest = origin.reference.partition(".")
    if kind == "aws_kms_alias":
        return rest.endswith((".arn", ".target_key_arn"))
    return kind in OF_CUSTOMERS and rest.endswith(".arn")
