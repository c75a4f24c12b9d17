"""Recovery points and jobs, as AWS Backup lists them: what can be said of each."""

from typing import Any

from conformance.model.backup.values import DAY, Retention
from conformance.model.errors import NotAssessedError

_DONE = "COMPLETED"
_READY = {_DONE, "AVAILABLE"}
"""AVAILABLE: "successfully created … ready for use" (API_DescribeRecoveryPoint)."""
_STATUSES = _READY | {"CREATING", "DELETING", "EXPIRED", "PARTIAL", "STOPPED"}
"""The values of RecoveryPointStatus."""
_GOOD = {"CREATED", "PENDING", "RUNNING", _DONE}

Document = dict[str, Any]


def completed(points: list[Document]) -> list[Document]:
    """Return the recovery points that can be restored."""
    return [point for point in points if _status(point) in _READY]


def finished(points: list[Document]) -> list[Document]:
    """Return the recovery points of which all is known."""
    return [point for point in points if _status(point) != "CREATING"]


def _status(point: Document) -> str:
    status = str(point["Status"])
    if status not in _STATUSES:
        raise NotAssessedError(f"recovery point not understood: it is {status}")
    return status


def retentions_of(points: list[Document]) -> frozenset[Retention | str]:
    """Return the retentions of recovery points, and those that outlived their end."""
    # EXPIRED: "AWS Backup can't delete it" (API_DescribeRecoveryPoint, Status).
    return frozenset(
        "EXPIRED and still there" if point["Status"] == "EXPIRED" else _retention(point)
        for point in points
    )


def _retention(point: Document) -> Retention:
    # Without DeleteAt, nothing will delete the recovery point.
    delete_at = point.get("CalculatedLifecycle", {}).get("DeleteAt")
    if delete_at is None:
        return Retention(None)
    return Retention(round((delete_at - point["CreationDate"]) / DAY))


def keys_of(points: list[Document]) -> frozenset[str]:
    """Return the ARNs of the keys that encrypt these recovery points."""
    # EncryptionKeyArn is absent where the key is not one of the account's, and
    # IsEncrypted where all is ("All backups in Backup are encrypted", BackupJob).
    return frozenset(
        point.get("EncryptionKeyArn", "an AWS-owned key")
        if point.get("IsEncrypted", True)
        else "not encrypted"
        for point in points
    )


def bad(jobs: list[Document], id_name: str) -> dict[str, str]:
    """Return the jobs that did not end well, by id, with the reason."""
    return {
        job[id_name]: f"{job['State']}, {job['CreationDate']:%Y-%m-%d %H:%M} UTC: "
        f"{job.get('StatusMessage', 'no message')}"
        for job in jobs
        if job["State"] not in _GOOD
    }
