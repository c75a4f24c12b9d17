"""Operations on recovery points and on the resources they protect."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from aws_standin.backup import api_shapes, errors, retention
from aws_standin.backup.paging import page, within
from aws_standin.backup.records import RESOURCE_TYPE, Place, Point
from aws_standin.backup.service import Service
from aws_standin.protocols.messages import AwsError

Parameters = dict[str, Any]


def describe(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DescribeRecoveryPoint."""
    one = _point(service, place, given)
    is_cold = one.cold_at is not None and one.cold_at <= service.now()
    return api_shapes.point(one) | {"StorageClass": "COLD" if is_cold else "WARM"}


def list_by_vault(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListRecoveryPointsByBackupVault, the newest first."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    found = [
        one
        for one in service.region(place).points_in(vault.name)
        if given.get("ByResourceArn", one.resource_arn) == one.resource_arn
        and given.get("ByResourceType", RESOURCE_TYPE) == RESOURCE_TYPE
        and _is_of_plan(one, given.get("ByBackupPlanId"))
        and "ByParentRecoveryPointArn" not in given
        and within(one.created, given, "ByCreatedAfter", "ByCreatedBefore")
    ]
    return page(
        "RecoveryPoints", [api_shapes.point(one) for one in _newest(found)], given
    )


def list_by_resource(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListRecoveryPointsByResource, the newest first."""
    arn = given["ResourceArn"]
    found = _newest(_points_by_resource(service, place).get(arn, []))
    return page(
        "RecoveryPoints", [api_shapes.point_of_resource(one) for one in found], given
    )


def delete(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DeleteRecoveryPoint; a locked vault keeps it."""
    one = _changeable(service, place, given)
    if one.status == "CREATING":
        raise AwsError(
            "InvalidResourceStateException", f"{one.arn} is still being created"
        )
    service.store.drop(place, one.arn)
    return {}


def update_lifecycle(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer UpdateRecoveryPointLifecycle."""
    one, lifecycle = _changeable(service, place, given), given.get("Lifecycle") or {}
    errors.checked(retention.lifecycle_problem(lifecycle))
    one = replace(one, lifecycle=lifecycle)
    service.region(place).points[one.arn] = one
    retention.expect_expiry(service.store, place, one)
    shown = api_shapes.point(one)
    names = ("BackupVaultArn", "RecoveryPointArn", "Lifecycle", "CalculatedLifecycle")
    return {name: shown[name] for name in names if name in shown}


def restore_metadata(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer GetRecoveryPointRestoreMetadata: the table, in the words of a restore."""
    one = _point(service, place, given)
    encryption = one.content.definition.get("SSEDescription", {})
    metadata = {
        "targetTableName": one.content.definition["TableName"],
        "encryptionType": "KMS" if encryption else "Default",
        "kmsMasterKeyArn": encryption.get("KMSMasterKeyArn", "Not Applicable"),
    }
    return {
        "BackupVaultArn": one.vault.arn,
        "RecoveryPointArn": one.arn,
        "RestoreMetadata": metadata,
        "ResourceType": RESOURCE_TYPE,
    }


def list_protected(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListProtectedResources."""
    found = _points_by_resource(service, place)
    return page("Results", [api_shapes.protected(one) for one in found.values()], given)


def list_protected_by_vault(
    service: Service, place: Place, given: Parameters
) -> Parameters:
    """Answer ListProtectedResourcesByBackupVault."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    found = _points_by_resource(service, place, vault.name)
    return page("Results", [api_shapes.protected(one) for one in found.values()], given)


def describe_protected(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DescribeProtectedResource."""
    arn = given["ResourceArn"]
    found = _points_by_resource(service, place).get(arn)
    if not found:
        raise errors.unknown(f"Cannot find protected resource {arn}")
    return api_shapes.protected(found)


def _point(service: Service, place: Place, given: Parameters) -> Point:
    vault = errors.vault(service, place, given["BackupVaultName"])
    one = errors.point(service, place, given["RecoveryPointArn"])
    if one.vault.name != vault.name:
        raise errors.unknown(f"Cannot find recovery point {one.arn} in {vault.name}")
    return one


def _changeable(service: Service, place: Place, given: Parameters) -> Point:
    vault = errors.vault(service, place, given["BackupVaultName"])
    if vault.lock:
        raise errors.refused(f"Backup vault {vault.name} is locked")
    return _point(service, place, given)


def _is_of_plan(one: Point, plan_id: str | None) -> bool:
    return plan_id is None or (one.created_by or {}).get("BackupPlanId") == plan_id


def _newest(points: list[Point]) -> list[Point]:
    return sorted(points, key=lambda one: one.created, reverse=True)


def _points_by_resource(
    service: Service, place: Place, vault: str | None = None
) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = defaultdict(list)
    for one in service.region(place).points.values():
        if vault in {None, one.vault.name}:
            found[one.resource_arn].append(one)
    return found
