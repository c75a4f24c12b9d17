"""The reasons why a vault refuses a job: its lock, its access policy, its key.

Source: AWS Backup Developer Guide, "AWS Backup Vault Lock", "Vault access policies" and
"Encryption for backups in AWS Backup". Left out: the policy of the key.
"""

from aws_standin.backup import permissions, retention
from aws_standin.backup.records import Document, Vault
from aws_standin.backup.service import Service

BACKUP = "backup:StartBackupJob"


def problem(
    service: Service, vault: Vault, lifecycle: Document, action: str
) -> str | None:
    """Return why a vault refuses a job with this lifecycle, None if it takes it."""
    locked = retention.problem(vault.lock, lifecycle)
    if locked:
        return locked
    if permissions.denies(vault.policy, action):
        return f"Access denied: the policy of {vault.arn} denies {action}"
    state = service.key_state(vault.key_arn)
    if state != "Enabled":
        return f"The key {vault.key_arn} of the backup vault is {state}"
    return None
