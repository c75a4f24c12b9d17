"""The settings of a table that a restore does not bring back, and their repair."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.aws.client import AwsClients
from conformance.deployed import DeployedTable
from conformance.deployed.facts import Facts
from conformance.drills.leftovers import Place
from conformance.model.drill_names import TAG
from conformance.model.errors import NotAssessedError
from conformance.model.table import OFF, STANDARD, Key


class RestoredTable(DeployedTable):
    """A table that a drill made; each instance reads it anew."""

    def __init__(self, clients: AwsClients, region: str, name: str) -> None:
        """Keep where to look; nothing is read yet."""
        super().__init__(Facts(clients), region, name)
        self.name = name
        account = clients.environment.account
        self.arn = f"arn:aws:dynamodb:{region}:{account}:table/{name}"


def read_anew(place: Place, table: DeployedTable) -> RestoredTable:
    """Return a table as it is now."""
    return RestoredTable(place.clients, table.region, table.name)


@dataclass(frozen=True, repr=False)
class Shape:
    """The properties that a restore must bring back."""

    key: Key
    indexes: Mapping[str, str]
    encryption: str
    capacity_mode: str

    def __repr__(self) -> str:
        """Return all properties in words."""
        indexes = "; ".join(f"{name}: {text}" for name, text in self.indexes.items())
        return f"{self.key}; {indexes}; {self.encryption}; {self.capacity_mode}"


def shape_of(table: DeployedTable) -> Shape:
    """Return the shape that AWS describes.

    Raises:
        UnreadableError, NotAssessedError: it could not be read.
    """
    encryption = table.encryption
    if encryption != "AWS_OWNED":
        encryption = f"{encryption}, {table.encryption_key.key_class}"
    return Shape(
        key=table.key,
        indexes=table.index_shapes,
        encryption=encryption,
        capacity_mode=table.capacity_mode,
    )


def require_key(source: Shape, restored: Shape, place: Place) -> None:
    """Require that a copy did not lose its key for want of a declared one.

    Raises:
        NotAssessedError: AWS's own key is all that differs, and no other was declared.
    """
    into = place.clients.environment.restore_into
    encryption = source.encryption.replace("CUSTOMER_MANAGED", "AWS_MANAGED")
    declared = into is not None and into.kms_key_arn is not None
    if declared or source.encryption == encryption:
        return
    if restored == replace(source, encryption=encryption):
        raise NotAssessedError(
            "the source has a customer-managed key, and none is declared for the copy; "
            "to decide this, declare kms_key_arn in restore_into of "
            f"{place.clients.environment.source.name}"
        )


def settings_of(table: DeployedTable) -> dict[str, str]:
    """Return what a restore does not bring back, in words.

    Raises:
        UnreadableError, NotAssessedError: it could not be read.
    """
    recovery = table.recovery_status
    if recovery == "ENABLED":
        recovery = f"{recovery}, {table.recovery_days} days"
    tags = {
        name: value
        for name, value in table.tags.items()
        if name != TAG and not name.startswith("aws:")
    }
    return {
        "point-in-time recovery": recovery,
        "time to live": table.ttl,
        "stream": table.stream,
        "table class": table.table_class,
        "deletion protection": "ON" if table.deletion_protection else OFF,
        "tags": ", ".join(f"{name}={value}" for name, value in sorted(tags.items())),
    }


def lost(
    source: Mapping[str, str], restored: Mapping[str, str], calls: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return each setting that did not come back, with the call that repairs it."""
    return [
        {
            "setting": name,
            "source": wanted,
            "restored": restored[name],
            "call": calls.get(name, ""),
        }
        for name, wanted in source.items()
        if restored[name] != wanted
    ]


def repairs(
    source: DeployedTable, name: str, arn: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the setting, the method and the parameters of each call that repairs it."""
    if source.recovery_status == "ENABLED":
        period = {
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": source.recovery_days,
        }
        yield (
            "point-in-time recovery",
            "update_continuous_backups",
            {"TableName": name, "PointInTimeRecoverySpecification": period},
        )
    if source.ttl != OFF:
        expiry = {"Enabled": True, "AttributeName": source.ttl}
        yield (
            "time to live",
            "update_time_to_live",
            {"TableName": name, "TimeToLiveSpecification": expiry},
        )
    for setting, parameters in _table_updates(source):
        yield setting, "update_table", {"TableName": name} | parameters
    if source.tags:
        tags = [
            {"Key": name, "Value": value} for name, value in sorted(source.tags.items())
        ]
        yield "tags", "tag_resource", {"ResourceArn": arn, "Tags": tags}


def _table_updates(source: DeployedTable) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the setting and the parameters of each UpdateTable that repairs it."""
    if source.stream != OFF:
        stream = {"StreamEnabled": True, "StreamViewType": source.stream}
        yield "stream", {"StreamSpecification": stream}
    if source.table_class != STANDARD:
        yield "table class", {"TableClass": source.table_class}
    if source.deletion_protection:
        yield "deletion protection", {"DeletionProtectionEnabled": True}


def repair_calls(source: DeployedTable, name: str, arn: str) -> dict[str, str]:
    """Return the calls as a person would write them, by setting."""
    return {
        setting: f"{method}({_arguments(parameters)})"
        for setting, method, parameters in repairs(source, name, arn)
    }


def _arguments(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())


def repair(place: Place, source: DeployedTable, restored: RestoredTable) -> None:
    """Make the calls one after the other, as DynamoDB takes one at a time.

    Raises:
        UnreadableError: AWS refused one.
    """
    if "sandbox" not in place.clients.environment.allows:
        raise NotAssessedError("the environment does not allow repairs (sandbox)")
    for _, method, parameters in repairs(source, restored.name, restored.arn):
        place.send("dynamodb", method, **parameters)
