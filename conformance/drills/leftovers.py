"""Leftovers of drills in an environment: found by name and tag, and removed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.aws.client import AwsClients, AwsError
from conformance.aws.denials import DENIED, right_in
from conformance.aws.polling import wait_for
from conformance.model.drill_names import TAG, DrillName
from conformance.model.errors import UnreadableError

ANY_RUN = ""
"""The run of a leftover that may be any run's."""
OLD = timedelta(hours=12)
"""An age that no drill reaches: what is older belongs to a killed run."""
SWEEP_PATIENCE_S = 1800.0
"""The time to wait for what is being made, or removed."""
_NOT_YET = {
    "BackupInUseException",
    "InvalidParameterValueException",
    "InvalidRequestException",
    "InvalidResourceStateException",
    "LimitExceededException",
    "ResourceInUseException",
}
"""AWS's refusals while something is being made, or removed."""
_GONE = {
    "BackupNotFoundException",
    "ResourceNotFoundException",
    "TableNotFoundException",
}
_ENDED = {"COMPLETED", "ABORTED", "FAILED", "PARTIAL", "EXPIRED"}


@dataclass(frozen=True, order=True)
class Leftover:
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
        """Return the line that is shown before it is removed."""
        return (
            f"{self.what} {self.name} in {self.region}, of {self.made:%Y-%m-%d %H:%MZ}"
        )


@dataclass(frozen=True)
class Place:
    """A region of one account in which a drill makes something."""

    clients: AwsClients
    region: str
    tables: frozenset[str]
    """The deployed names of the tables that drills restore."""
    vaults: tuple[str, ...] = ()
    sources: bool = True
    """True where the tables themselves are, and so their on-demand backups."""

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Ask AWS in this region, as `AwsClients.ask`."""
        return self.clients.ask(service, self.region, operation, **parameters)

    def send(self, service: str, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a change in this region, as `AwsClients.send`."""
        return self.clients.send(service, self.region, method, **parameters)


def find_leftovers(place: Place) -> list[Leftover]:
    """Return everything in the region that drills of these tables made and left.

    Only what the environment allows to be removed is looked for.

    Raises:
        AwsError, UnreadableError: AWS could not be asked.
    """
    allows = place.clients.environment.allows
    found: list[Leftover] = []
    if "sandbox" in allows:
        found += _tables(place)
    if "backup" in allows and place.sources:
        found += _backups(place)
    if "restore" in allows:
        found += _backing_up(place) if place.sources else ()
        for vault in place.vaults:
            found += _points(place, vault)
    return sorted(found)


def removable(leftovers: Iterable[Leftover], ended: frozenset[str]) -> list[Leftover]:
    """Return the leftovers of runs that have ended, and those older than any drill."""
    before = datetime.now(UTC) - OLD
    runs = ended | {ANY_RUN} if ended else ended
    return [
        leftover
        for leftover in leftovers
        if leftover.run in runs or leftover.made < before
    ]


def remove_leftovers(
    place: Place,
    selected: Callable[[list[Leftover]], list[Leftover]],
    patience_s: float,
) -> list[Leftover]:
    """Remove the selected leftovers until all are gone; return those still there.

    What is being made cannot be removed yet, and is tried again, as is what failed
    for any reason but a right that is missing.

    Raises:
        AwsError, UnreadableError: AWS could not be asked, or something is still there
            whose removal failed; all else is removed.
    """
    refused: dict[Leftover, UnreadableError] = {}
    failed: dict[Leftover, UnreadableError] = {}

    def not_refused(leftovers: list[Leftover]) -> list[Leftover]:
        return [leftover for leftover in leftovers if leftover not in refused]

    def remove_once() -> list[Leftover]:
        failed.clear()
        found = not_refused(selected(find_leftovers(place)))
        for leftover in found:
            try:
                _remove(place, leftover)
            except UnreadableError as problem:
                denied = isinstance(problem, AwsError) and problem.code in DENIED
                (refused if denied else failed)[leftover] = problem
        return not_refused(found)

    still = wait_for(remove_once, lambda leftovers: not leftovers, patience_s)
    for problem in (refused | failed).values():
        raise problem
    return still


def _leftover(what: str, place: Place, text: str, arn: str) -> Iterator[Leftover]:
    """Yield a leftover if the text is the name of something that a drill made here."""
    drill = DrillName.parse(text)
    if drill and drill.table in place.tables:
        yield Leftover(what, place.region, text, arn, drill.run, drill.made)


def _tables(place: Place) -> Iterator[Leftover]:
    answer = place.ask("dynamodb", "ListTables")
    for name in answer["TableNames"]:
        yield from _leftover("table", place, name, name)


def _backups(place: Place) -> Iterator[Leftover]:
    for table in sorted(place.tables):
        answer = place.ask("dynamodb", "ListBackups", TableName=table)
        for summary in answer["BackupSummaries"]:
            name, arn = summary["BackupName"], summary["BackupArn"]
            yield from _leftover("backup", place, name, arn)


def _points(place: Place, vault: str) -> Iterator[Leftover]:
    for listed in _listed(place, vault):
        arn = listed["RecoveryPointArn"]
        # CreatedBy is absent on what no plan made (API_RecoveryPointByBackupVault).
        if "CreatedBy" in listed or listed["Status"] == "DELETING":
            continue
        name = _tags(place, arn).get(TAG, "")
        for leftover in _leftover("recovery point", place, name, arn):
            point = replace(leftover, vault=vault)
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
        # AWS Backup denies what is not there, too, and then names no right; BKP-2 says
        # that there is no such vault.
        absent = problem.code == "AccessDeniedException" and not right_in(str(problem))
        if problem.code in _GONE or absent:
            return []
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
    """Return True while a restore or copy of the point may still make something.

    The point stays until then, as the job is found by it.
    """
    restores = place.ask("backup", "ListRestoreJobs")["RestoreJobs"]
    copies = place.ask("backup", "ListCopyJobs")["CopyJobs"]
    jobs = [(job.get("RecoveryPointArn"), job["Status"]) for job in restores]
    jobs += [(job["SourceRecoveryPointArn"], job["State"]) for job in copies]
    return any(arn == point and state not in _ENDED for arn, state in jobs)


def _backing_up(place: Place) -> Iterator[Leftover]:
    """Yield backup jobs under way that no backup plan started: perhaps a drill's.

    AWS shows their tags only once they are complete, so they are waited for.
    """
    answer = place.ask("backup", "ListBackupJobs", ByResourceType="DynamoDB")
    for job in answer["BackupJobs"]:
        table = job["ResourceArn"].rpartition(":table/")[2]
        perhaps_ours = table in place.tables and "CreatedBy" not in job
        if perhaps_ours and job["State"] not in _ENDED:
            yield Leftover(
                what="job",
                region=place.region,
                name=table,
                arn=job["BackupJobId"],
                run=ANY_RUN,
                made=job["CreationDate"],
            )


def _remove(place: Place, leftover: Leftover) -> None:
    try:
        match leftover.what:
            case "table":
                _remove_table(place, leftover.name)
            case "backup":
                place.send("dynamodb", "delete_backup", BackupArn=leftover.arn)
            case "recovery point":
                place.send(
                    "backup",
                    "delete_recovery_point",
                    BackupVaultName=leftover.vault,
                    RecoveryPointArn=leftover.arn,
                )
    except AwsError as problem:
        if problem.code not in _NOT_YET | _GONE:
            raise


def _remove_table(place: Place, name: str) -> None:
    """Delete a table of ours, after its recovery, which would leave a backup behind."""
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
