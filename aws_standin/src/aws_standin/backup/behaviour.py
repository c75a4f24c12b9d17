"""AWS Backup's place in the chain: which operation is which function."""

from collections.abc import Callable
from typing import Any

from aws_standin.backup import (
    account,
    door,
    permission,
    plans,
    points,
    selections,
    started,
    vaults,
)
from aws_standin.backup.jobs import Event
from aws_standin.backup.managed_key import ManagedKey
from aws_standin.backup.records import Place
from aws_standin.backup.service import Service
from aws_standin.backup.settings import Settings
from aws_standin.wire import AwsError, Onward, Request, Response, answer

Operation = Callable[[Service, Place, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "CreateBackupVault": vaults.create,
    "DescribeBackupVault": vaults.describe,
    "ListBackupVaults": vaults.list_all,
    "DeleteBackupVault": vaults.delete,
    "PutBackupVaultLockConfiguration": vaults.put_lock,
    "DeleteBackupVaultLockConfiguration": vaults.delete_lock,
    "PutBackupVaultAccessPolicy": vaults.put_policy,
    "GetBackupVaultAccessPolicy": vaults.get_policy,
    "DeleteBackupVaultAccessPolicy": vaults.delete_policy,
    "DescribeRegionSettings": account.describe_settings,
    "UpdateRegionSettings": account.update_settings,
    "GetSupportedResourceTypes": account.resource_types,
    "TagResource": account.tag,
    "UntagResource": account.untag,
    "ListTags": account.list_tags,
    "CreateBackupPlan": plans.create,
    "UpdateBackupPlan": plans.update,
    "GetBackupPlan": plans.get,
    "ListBackupPlans": plans.list_all,
    "ListBackupPlanVersions": plans.list_versions,
    "DeleteBackupPlan": plans.delete,
    "CreateBackupSelection": selections.create,
    "GetBackupSelection": selections.get,
    "ListBackupSelections": selections.list_all,
    "DeleteBackupSelection": selections.delete,
    "StartBackupJob": started.start_backup,
    "StopBackupJob": started.stop_backup,
    "DescribeBackupJob": started.describe_backup,
    "ListBackupJobs": started.list_backups,
    "DescribeRecoveryPoint": points.describe,
    "ListRecoveryPointsByBackupVault": points.list_by_vault,
    "ListRecoveryPointsByResource": points.list_by_resource,
    "DeleteRecoveryPoint": points.delete,
    "UpdateRecoveryPointLifecycle": points.update_lifecycle,
    "GetRecoveryPointRestoreMetadata": points.restore_metadata,
    "ListProtectedResources": points.list_protected,
    "ListProtectedResourcesByBackupVault": points.list_protected_by_vault,
    "DescribeProtectedResource": points.describe_protected,
    "StartCopyJob": started.start_copy,
    "DescribeCopyJob": started.describe_copy,
    "ListCopyJobs": started.list_copies,
    "StartRestoreJob": started.start_restore,
    "DescribeRestoreJob": started.describe_restore,
    "ListRestoreJobs": started.list_restores,
    "ListRestoreJobsByProtectedResource": started.list_restores,
    "GetRestoreJobMetadata": started.restore_metadata,
}


class Backup:
    """Serves AWS Backup whole: nothing of it reaches moto.

    It also answers for its managed key in KMS.
    """

    name = "backup"

    def __init__(self, standin: Any) -> None:
        self.settings = Settings()
        self.key = ManagedKey(standin.call)
        self.service = Service(
            standin.call,
            standin.clock.now,
            self.key.arn,
            standin.dynamodb,
            self.settings,
        )
        door.add_routes(standin.door, self.service)
        standin.clock.every(0.25, self.service.advance)

    @property
    def listeners(self) -> list[Callable[[Event], None]]:
        """Who is told of every change of a job's state; append to it."""
        return self.service.store.listeners

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer AWS Backup's calls; look at KMS's."""
        match request.service:
            case "backup":
                return self._served(request)
            case "kms":
                return self.key.handle(request, onward)
        return onward(request)

    def _served(self, request: Request) -> Response:
        operation = OPERATIONS.get(request.operation)
        if operation is None:
            raise AwsError(
                "NotImplemented",
                f"The stand-in does not serve backup:{request.operation or '?'}",
                501,
            )
        with self.service.store.lock:
            self.service.advance()
            place = Place(request.account, request.region)
            self._refuse_denied(place, request)
            return answer(request, operation(self.service, place, request.parameters))

    def _refuse_denied(self, place: Place, request: Request) -> None:
        """Raise AccessDeniedException where the vault's access policy denies a call."""
        name = str(request.parameters.get("BackupVaultName", ""))
        vault = self.service.region(place).vaults.get(name)
        action = f"backup:{request.operation}"
        if vault and permission.denies(vault.policy, action):
            raise AwsError(
                "AccessDeniedException",
                f"User is not authorized to perform: {action} on resource: "
                f"{vault.arn} with an explicit deny in a resource-based policy",
                403,
            )
