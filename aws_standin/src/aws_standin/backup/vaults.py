"""Operations on vaults: CreateBackupVault and what belongs to it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aws_standin.backup import api_shapes, errors
from aws_standin.backup.paging import page
from aws_standin.backup.records import Lock, Place, Vault, place_of
from aws_standin.backup.retention import LONGEST
from aws_standin.backup.service import Service
from aws_standin.protocols.messages import AwsError

Parameters = dict[str, Any]
_COOLING_OFF = 3
"""Days before a lock can become immutable (botocore model, ChangeableForDays)."""


def create(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer CreateBackupVault."""
    name, region = given["BackupVaultName"], service.region(place)
    if not errors.VAULT_NAME.fullmatch(name):
        raise errors.invalid(f"Backup vault name {name} is not valid")
    request_id = given.get("CreatorRequestId")
    vault = region.vaults.get(name)
    if vault is None:
        key = given.get("EncryptionKeyArn")
        vault = Vault(
            place,
            name,
            _checked_key(service, key) if key else service.default_key(place),
            service.now(),
            bool(key),
            request_id,
        )
        region.vaults[name] = vault
        service.store.tags[vault.arn] = dict(given.get("BackupVaultTags") or {})
    elif request_id is None or request_id != vault.request_id:
        raise AwsError(
            "AlreadyExistsException",
            "Backup vault with the same name already exists",
            Arn=vault.arn,
            CreatorRequestId=vault.request_id,
        )
    return {
        "BackupVaultName": name,
        "BackupVaultArn": vault.arn,
        "CreationDate": vault.created,
    }


def describe(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DescribeBackupVault."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    return api_shapes.vault(vault, service.region(place))


def list_all(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListBackupVaults."""
    region = service.region(place)
    wanted = given.get("ByVaultType", api_shapes.KIND) == api_shapes.KIND
    vaults = sorted(region.vaults.values(), key=lambda one: one.name) if wanted else []
    return page(
        "BackupVaultList", [api_shapes.vault(one, region) for one in vaults], given
    )


def delete(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DeleteBackupVault: only an empty vault goes."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    region = service.region(place)
    if region.points_in(vault.name):
        raise errors.refused(
            "Backup vault cannot be deleted because it contains recovery points."
        )
    del region.vaults[vault.name]
    service.store.tags.pop(vault.arn, None)
    return {}


def put_lock(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer PutBackupVaultLockConfiguration."""
    vault = _changeable(service, place, given["BackupVaultName"])
    shortest, longest = given.get("MinRetentionDays"), given.get("MaxRetentionDays")
    days = given.get("ChangeableForDays")
    _check_lock(shortest, longest, days)
    fixed_from = None if days is None else service.now() + timedelta(days=days)
    lock = Lock(shortest, longest, fixed_from)
    service.region(place).vaults[vault.name] = replace(vault, lock=lock)
    return {}


def delete_lock(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DeleteBackupVaultLockConfiguration."""
    vault = _changeable(service, place, given["BackupVaultName"])
    service.region(place).vaults[vault.name] = replace(vault, lock=None)
    return {}


def put_policy(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer PutBackupVaultAccessPolicy."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    errors.required(given, "Policy")
    try:
        document = json.loads(given["Policy"])
    except ValueError as unreadable:
        raise errors.invalid("The specified policy is not valid JSON") from unreadable
    if not isinstance(document, dict) or not document.get("Statement"):
        raise errors.invalid("The specified policy has no statement")
    changed = replace(vault, policy=given["Policy"])
    service.region(place).vaults[vault.name] = changed
    return {}


def get_policy(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer GetBackupVaultAccessPolicy."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    if vault.policy is None:
        raise errors.unknown(f"Backup vault {vault.name} has no access policy")
    return {
        "BackupVaultName": vault.name,
        "BackupVaultArn": vault.arn,
        "Policy": vault.policy,
    }


def delete_policy(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DeleteBackupVaultAccessPolicy."""
    vault = errors.vault(service, place, given["BackupVaultName"])
    service.region(place).vaults[vault.name] = replace(vault, policy=None)
    return {}


def _checked_key(service: Service, arn: str) -> str:
    """Return the ARN of a key that exists; "its ARN, not its alias" (the model)."""
    key = place_of(arn)
    if ":key/" not in arn:
        raise errors.invalid(f"Invalid encryption key ARN: {arn}")
    try:
        service.call("kms", "DescribeKey", key.account, key.region, KeyId=arn)
    except AwsError as refusal:
        raise errors.invalid(f"Invalid encryption key ARN: {arn}") from refusal
    return arn


def _changeable(service: Service, place: Place, name: str) -> Vault:
    vault = errors.vault(service, place, name)
    fixed_from = vault.lock.fixed_from if vault.lock else None
    if fixed_from and fixed_from <= service.now():
        raise errors.refused(f"The lock of vault {name} is immutable")
    return vault


def _check_lock(shortest: int | None, longest: int | None, days: int | None) -> None:
    if shortest is not None and shortest < 1:
        raise errors.invalid("MinRetentionDays cannot be less than 1 day")
    if longest is not None and not (shortest or 1) <= longest <= LONGEST:
        raise errors.invalid(
            f"MaxRetentionDays must be between MinRetentionDays and {LONGEST} days"
        )
    if days is not None and not _COOLING_OFF <= days <= LONGEST:
        raise errors.invalid(
            f"ChangeableForDays must be between {_COOLING_OFF} and {LONGEST} days"
        )
