"""AWS Backup's place in the chain: which operation is which function."""

from collections.abc import Callable
from typing import Any

from aws_standin.backup import (
    account_settings,
    control_routes,
    job_operations,
    permissions,
    plans,
    recovery_points,
    selections,
    vaults,
)
from aws_standin.backup.job_records import Event
from aws_standin.backup.managed_key import ManagedKey
from aws_standin.backup.records import Place
from aws_standin.backup.service import Service
from aws_standin.backup.settings import Settings
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

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
    "DescribeRegionSettings": account_settings.describe_settings,
    "UpdateRegionSettings": account_settings.update_settings,
    "GetSupportedResourceTypes": account_settings.resource_types,
    "TagResource": account_settings.tag,
    "UntagResource": account_settings.untag,
    "ListTags": account_settings.list_tags,
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
    "StartBackupJob": job_operations.start_backup,
    "StopBackupJob": job_operations.stop_backup,
    "DescribeBackupJob": job_operations.describe_backup,
    "ListBackupJobs": job_operations.list_backups,
    "DescribeRecoveryPoint": recovery_points.describe,
    "ListRecoveryPointsByBackupVault": recovery_points.list_by_vault,
    "ListRecoveryPointsByResource": recovery_points.list_by_resource,
    "DeleteRecoveryPoint": recovery_points.delete,
    "UpdateRecoveryPointLifecycle": recovery_points.update_lifecycle,
    "GetRecoveryPointRestoreMetadata": recovery_points.restore_metadata,
    "ListProtectedResources": recovery_points.list_protected,
    "ListProtectedResourcesByBackupVault": recovery_points.list_protected_by_vault,
    "DescribeProtectedResource": recovery_points.describe_protected,
    "StartCopyJob": job_operations.start_copy,
    "DescribeCopyJob": job_operations.describe_copy,
    "ListCopyJobs": job_operations.list_copies,
    "StartRestoreJob": job_operations.start_restore,
    "DescribeRestoreJob": job_operations.describe_restore,
    "ListRestoreJobs": job_operations.list_restores,
    "ListRestoreJobsByProtectedResource": job_operations.list_restores,
    "GetRestoreJobMetadata": job_operations.restore_metadata,
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
        control_routes.add_routes(standin.control_api, self.service)
        standin.clock.every(0.25, self.service.advance)

    @property
    def listeners(self) -> list[Callable[[Event], None]]:
        """The listeners to every change of a job's state; append to it."""
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
        if vault and permissions.denies(vault.policy, action):
            raise AwsError(
                "AccessDeniedException",
                f"User is not authorized to perform: {action} on resource: "
                f"{vault.arn} with an explicit deny in a resource-based policy",
                403,
            )
