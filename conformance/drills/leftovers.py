"""What drills left in an environment: found by name and tag, and removed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.aws.client import AwsClients, AwsError
from conformance.aws.iam_policy import DENIED
from conformance.aws.polling import wait_for
from conformance.model.drill_names import TAG, DrillName
from conformance.model.errors import UnreadableError

ANY = ""
"""The run of what may be any run's."""
OLD = timedelta(hours=12)
"""No drill takes so long: what is older belongs to a run that was killed."""
SWEEP_PATIENCE_S = 1800.0
"""How long what is being made, or removed, is waited for."""
_NOT_YET = {
    "BackupInUseException",
    "InvalidParameterValueException",
    "InvalidRequestException",
    "InvalidResourceStateException",
    "LimitExceededException",
    "ResourceInUseException",
}
"""What AWS says while something is being made, or removed."""
_GONE = {
    "BackupNotFoundException",
    "ResourceNotFoundException",
    "TableNotFoundException",
}
_ENDED = {"COMPLETED", "ABORTED", "FAILED", "PARTIAL", "EXPIRED"}


@dataclass(frozen=True, order=True)
class Left:
    """One thing that a drill made and has not removed."""

    what: str
    """`table`, `backup`, `recovery point` or `job`, which ends by itself."""
    region: str
    name: str
    arn: str
    run: str
    made: datetime
    vault: str = ""

    def __str__(self) -> str:
        """As it is shown before it is removed."""
        return (
            f"{self.what} {self.name} in {self.region}, of {self.made:%Y-%m-%d %H:%MZ}"
        )


@dataclass(frozen=True)
class Place:
    """A region of one account, as drills see it."""

    clients: AwsClients
    region: str
    tables: frozenset[str]
    """The deployed names of the tables that drills restore."""
    vaults: tuple[str, ...] = ()
    sources: bool = True
    """Whether the tables themselves are here, and so their on-demand backups."""

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Ask AWS in this region, as `AwsClients.ask`."""
        return self.clients.ask(service, self.region, operation, **parameters)

    def send(self, service: str, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a change in this region, as `AwsClients.send`."""
        return self.clients.send(service, self.region, method, **parameters)


def find(place: Place) -> list[Left]:
    """Everything in the region that drills of these tables made, and is still there.

    Only what the environment allows to be removed is looked for.

    Raises:
        AwsError, UnreadableError: AWS could not be asked.
    """
    allows = place.clients.environment.allows
    found: list[Left] = []
    if "sandbox" in allows:
        found += _tables(place)
    if "backup" in allows and place.sources:
        found += _backups(place)
    if "restore" in allows:
        found += _backing_up(place) if place.sources else ()
        for vault in place.vaults:
            found += _points(place, vault)
    return sorted(found)


def due(left: Iterable[Left], ended: frozenset[str]) -> list[Left]:
    """What may be removed: of a run that has ended, or older than any drill."""
    before = datetime.now(UTC) - OLD
    runs = ended | {ANY} if ended else ended
    return [it for it in left if it.run in runs or it.made < before]


def remove(
    place: Place, wanted: Callable[[list[Left]], list[Left]], patience_s: float
) -> list[Left]:
    """Remove what is wanted of what is found, until all is gone; what is still there.

    What is being made cannot be removed yet, and is tried again, as is what failed
    for any reason but a right that is missing.

    Raises:
        AwsError, UnreadableError: AWS could not be asked, or something is still there
            whose removal failed; all else is removed.
    """
    refused: dict[Left, UnreadableError] = {}
    failed: dict[Left, UnreadableError] = {}

    def attempt() -> list[Left]:
        failed.clear()
        for each in (left := [it for it in wanted(find(place)) if it not in refused]):
            try:
                _remove(place, each)
            except UnreadableError as problem:
                denied = isinstance(problem, AwsError) and problem.code in DENIED
                (refused if denied else failed)[each] = problem
        return [it for it in left if it not in refused]

    still = wait_for(attempt, lambda left: not left, patience_s)
    for problem in (refused | failed).values():
        raise problem
    return still


def _left(what: str, place: Place, ours: DrillName | None, arn: str) -> Iterator[Left]:
    if ours and ours.table in place.tables:
        yield Left(what, place.region, ours.name, arn, ours.run, ours.made)


def _tables(place: Place) -> Iterator[Left]:
    answer = place.ask("dynamodb", "ListTables")
    for name in answer["TableNames"]:
        yield from _left("table", place, DrillName.parse(name), name)


def _backups(place: Place) -> Iterator[Left]:
    for table in sorted(place.tables):
        answer = place.ask("dynamodb", "ListBackups", TableName=table)
        for each in answer["BackupSummaries"]:
            ours = DrillName.parse(each["BackupName"])
            yield from _left("backup", place, ours, each["BackupArn"])


def _points(place: Place, vault: str) -> Iterator[Left]:
    for each in _listed(place, vault):
        arn = each["RecoveryPointArn"]
        # CreatedBy is absent on what no plan made (API_RecoveryPointByBackupVault).
        if "CreatedBy" in each or each["Status"] == "DELETING":
            continue
        tags = _tags(place, arn)
        ours = DrillName.parse(tags.get(TAG, ""))
        for left in _left("recovery point", place, ours, arn):
            point = replace(left, vault=vault)
            yield replace(point, what="job") if _is_used(place, arn) else point


def _listed(place: Place, vault: str) -> list[dict[str, Any]]:
    try:
        answer = place.ask(
            "backup",
            "ListRecoveryPointsByBackupVault",
            BackupVaultName=vault,
            ByResourceType="DynamoDB",
        )
    except AwsError as problem:
        if problem.code in _GONE or problem.code == "AccessDeniedException":
            return []  # BKP-2 says that there is no such vault
        raise
    return list(answer["RecoveryPoints"])


def _tags(place: Place, arn: str) -> dict[str, str]:
    try:
        answer = place.ask("backup", "ListTags", ResourceArn=arn)
    except AwsError as problem:
        if problem.code in _GONE:
            return {}
        raise
    return dict(answer.get("Tags", {}))


def _is_used(place: Place, point: str) -> bool:
    """Whether a restore or a copy of the point has not ended, and will make something.

    The point stays until then: it is how the job is found.
    """
    restores = place.ask("backup", "ListRestoreJobs")["RestoreJobs"]
    copies = place.ask("backup", "ListCopyJobs")["CopyJobs"]
    jobs = [(it.get("RecoveryPointArn"), it["Status"]) for it in restores]
    jobs += [(it["SourceRecoveryPointArn"], it["State"]) for it in copies]
    return any(arn == point and state not in _ENDED for arn, state in jobs)


def _backing_up(place: Place) -> Iterator[Left]:
    """Backups of our tables under way that no plan asked for: perhaps a drill's.

    AWS tells nobody their tags before they are complete, so they are waited for.
    """
    answer = place.ask("backup", "ListBackupJobs", ByResourceType="DynamoDB")
    for each in answer["BackupJobs"]:
        table = each["ResourceArn"].rpartition(":table/")[2]
        ours = table in place.tables and "CreatedBy" not in each
        if ours and each["State"] not in _ENDED:
            job = each["BackupJobId"]
            yield Left("job", place.region, table, job, ANY, each["CreationDate"])


def _remove(place: Place, left: Left) -> None:
    try:
        match left.what:
            case "table":
                _remove_table(place, left.name)
            case "backup":
                place.send("dynamodb", "delete_backup", BackupArn=left.arn)
            case "recovery point":
                place.send(
                    "backup",
                    "delete_recovery_point",
                    BackupVaultName=left.vault,
                    RecoveryPointArn=left.arn,
                )
    except AwsError as problem:
        if problem.code not in _NOT_YET | _GONE:
            raise


def _remove_table(place: Place, name: str) -> None:
    """Delete a table of ours; without recovery, which would leave a backup behind."""
    description = place.ask("dynamodb", "DescribeTable", TableName=name)["Table"]
    if description["TableStatus"] not in ("ACTIVE", "UPDATING"):
        return
    if description.get("DeletionProtectionEnabled"):
        place.send(
            "dynamodb",
            "update_table",
            TableName=name,
            DeletionProtectionEnabled=False,
        )
    place.send(
        "dynamodb",
        "update_continuous_backups",
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    place.send("dynamodb", "delete_table", TableName=name)
