"""The interlock: only listed and allowed operations pass, and only on our own data."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.aws.drill_guard import DrillGuard
from conformance.aws.place_guard import PlaceGuard
from conformance.config.environment import Environment
from conformance.model import suite_keys
from conformance.model.errors import NotAssessedError, RefusedError
from conformance.model.operations import BACKUP, LOAD, TRAIL_FOLDER, class_of
from conformance.model.table import Table

_EMPTY: tuple[suite_keys.Value, ...] = ({"S": ""}, {"B": b""})
"""Key values that no item can have; probes show that DynamoDB refuses them."""
PARTITION_VALUE = ":partition"
"""The placeholder that a query of ours gives its partition key value."""
_OF_PARTITION = re.compile(rf"#partition = {PARTITION_VALUE}( AND |$)")


class Interlock:
    """The refusal of requests that are not listed and allowed, before they are sent."""

    def __init__(
        self,
        environment: Environment,
        tables: Mapping[str, Table],
        functions: frozenset[str] = frozenset(),
    ) -> None:
        """Know what is allowed, the tables' keys, and functions with a test event."""
        self._environment = environment
        self._functions = functions
        self._tables = {
            environment.physical(name): table for name, table in tables.items()
        }
        self._backups: set[str] = set()
        self._drill_guard = DrillGuard(self._tables, self._backups)
        self._place_guard = PlaceGuard(environment)
        self._iterators: set[str] = set()
        self._trail_places: set[str] = set()

    def check(
        self, service: str, operation: str, parameters: dict[str, Any], region: str
    ) -> None:
        """Let the request to a region pass, or say why not.

        Raises:
            RefusedError: the suite must never send it, here or anywhere.
            NotAssessedError: this environment does not allow its class.
        """
        allowed_in = class_of(service, operation)
        require(self._environment, allowed_in)
        # Streams of a local engine have ARNs of its own; only their tables are known.
        named_by_aws = service != "dynamodbstreams" or self._environment.is_aws
        if allowed_in != "read" and named_by_aws:
            self._place_guard.check(f"{service}:{operation}", parameters, region)
        if service == "dynamodbstreams":
            self._refuse_foreign_stream(operation, parameters)
        if (service, operation) == ("logs", "FilterLogEvents"):
            self._refuse_foreign_logs(parameters)
        if allowed_in == "data" and service == "dynamodb":
            known = self._with_restored(operation, parameters)
            for table, partition in partitions(operation, parameters, known):
                _refuse_foreign(f"{service}:{operation}", table, partition)
        if service == "s3" and operation != "ListBuckets":
            self._refuse_foreign_file(operation, parameters)
        if allowed_in == "backup":
            self._refuse_foreign_backup(operation, parameters)
        if allowed_in in ("sandbox", "restore"):
            self._drill_guard.check(service, operation, parameters)
        if allowed_in == "invoke" and parameters["FunctionName"] not in self._functions:
            raise RefusedError(
                f"{service}:{operation} refused: {parameters['FunctionName']!r} is no "
                "function that surroundings.toml declares with a test_event"
            )

    def check_load(self, operation: str, parameters: dict[str, Any]) -> None:
        """Let a request of a load pass, or say why not.

        Raises:
            RefusedError: it is about anything but items of load.
            NotAssessedError: this environment does not allow load.
        """
        require(self._environment, "load")
        if operation not in LOAD["dynamodb"]:
            raise RefusedError(f"dynamodb:{operation} refused: a load never sends it")
        if operation == "Scan":
            self._refuse_reading_scan(parameters)
            return
        for table, partition in partitions(operation, parameters, self._tables):
            if partition is None or not suite_keys.is_load_key(partition):
                raise RefusedError(
                    f"dynamodb:{operation} refused: a foreign key for {table}. A load "
                    "touches only items whose key starts with "
                    f"{suite_keys.LOAD_PREFIX!r}."
                )

    def _refuse_reading_scan(self, parameters: dict[str, Any]) -> None:
        table = parameters["TableName"]
        if table not in self._tables or parameters.get("Select") != "COUNT":
            raise RefusedError(
                f"dynamodb:Scan of {table} refused: a load only counts the items of "
                "declared tables"
            )

    def answered(
        self,
        service: str,
        operation: str,
        parameters: dict[str, Any],
        answer: dict[str, Any],
    ) -> None:
        """Learn from AWS's answers which backups, streams and logs are ours to read."""
        if service == "backup":
            self._drill_guard.answered(operation, parameters, answer)
        if service == "dynamodbstreams":
            names = ("ShardIterator", "NextShardIterator")
            self._iterators |= {answer[name] for name in names if answer.get(name)}
        if operation == "DescribeTrails":
            for trail in answer.get("trailList", ()):
                names = ("CloudWatchLogsLogGroupArn", "S3BucketName")
                self._trail_places |= {trail[name] for name in names if name in trail}
        if service == "dynamodb" and operation in BACKUP["dynamodb"]:
            details = answer.get("BackupDetails", {})
            backups = [*answer.get("BackupSummaries", ()), details]
            self._backups.update(
                backup["BackupArn"]
                for backup in backups
                if backup.get("BackupName", "").startswith(suite_keys.PREFIX)
            )

    def _with_restored(
        self, operation: str, parameters: dict[str, Any]
    ) -> Mapping[str, Table]:
        """Return the declared tables; a restored copy, too, if it is to be read."""
        name = parameters.get("TableName", "")
        if operation not in ("GetItem", "Query") or name in self._tables:
            return self._tables
        source = self._drill_guard.source(name)
        return self._tables | {name: self._tables[source]} if source else self._tables

    def _refuse_foreign_stream(
        self, operation: str, parameters: dict[str, Any]
    ) -> None:
        """Let streams of declared tables pass, and iterators that they gave."""
        if operation == "GetRecords":
            # An iterator is opaque: it is ours if AWS gave it for a stream of ours.
            known = parameters.get("ShardIterator") in self._iterators
            shown = "a shard iterator that AWS did not give to this run"
        else:
            table = _table_in(parameters.get("StreamArn", ""))
            known, shown = table in self._tables, f"{table!r} is not a declared table"
        if not known:
            raise RefusedError(f"dynamodbstreams:{operation} refused: {shown}")

    def _refuse_foreign_logs(self, parameters: dict[str, Any]) -> None:
        """Let the log groups of trails pass, and no other group."""
        group = parameters.get("logGroupName", "")
        ends = (f":log-group:{group}", f":log-group:{group}:*")
        if not any(place.endswith(ends) for place in self._trail_places):
            raise RefusedError(
                f"logs:FilterLogEvents refused: {group!r} is the log group of no trail "
                "that this run has read"
            )

    def _refuse_foreign_file(self, operation: str, parameters: dict[str, Any]) -> None:
        """Let files of CloudTrail about this account pass, and no other object."""
        name = str(parameters.get("Key") or parameters.get("Prefix") or "")
        folder = TRAIL_FOLDER.format(account=self._environment.account)
        bucket = parameters.get("Bucket", "")
        if bucket not in self._trail_places:
            raise RefusedError(
                f"s3:{operation} refused: {bucket!r} is the bucket of no trail that "
                "this run has read"
            )
        if f"/{folder}" not in f"/{name}":
            raise RefusedError(
                f"s3:{operation} refused: {name!r} is no file of CloudTrail about "
                f"account {self._environment.account}: expected …{folder}…"
            )

    def _refuse_foreign_backup(
        self, operation: str, parameters: dict[str, Any]
    ) -> None:
        """Let on-demand backups of ours pass, and nobody else's."""
        arn = parameters.get("BackupArn", "")
        table = parameters.get("TableName") or _table_in(arn)
        name = parameters.get("BackupName", "")
        if table not in self._tables:
            shown = f"{table!r} is not a declared table"
        elif operation == "CreateBackup" and not name.startswith(suite_keys.PREFIX):
            shown = f"a foreign name, {name!r}"
        elif arn and arn not in self._backups:
            shown = f"a foreign backup, {arn}"
        else:
            return
        raise RefusedError(
            f"dynamodb:{operation} refused: {shown}. The suite touches only backups "
            f"of declared tables whose name starts with {suite_keys.PREFIX!r}."
        )


def _table_in(arn: str) -> str:
    """Return the table that the ARN of a backup or a stream names."""
    return arn.partition(":table/")[2].partition("/")[0]


def require(environment: Environment, name: str) -> None:
    """Go on only where the environment allows this class.

    Raises:
        NotAssessedError: it does not; the message says how to allow it.
    """
    if name not in environment.allows:
        allows = ", ".join(sorted(environment.allows))
        raise NotAssessedError(
            f"environment {environment.name!r} allows {allows} only; to decide this, "
            f'its owner adds "{name}" to allows in {environment.source.name}'
        )


def partitions(
    operation: str, parameters: dict[str, Any], tables: Mapping[str, Table]
) -> Iterator[tuple[str, suite_keys.Value | None]]:
    """Yield each table that a data request names, with its partition key value.

    None stands for a request without one, which DynamoDB itself refuses.
    """
    for name, attributes, indexed in _requests(operation, parameters):
        table = tables.get(name)
        if table is None:
            raise RefusedError(
                f"dynamodb:{operation} refused: {name!r} is not a declared table"
            )
        wanted = PARTITION_VALUE if indexed else table.key.partition.name
        yield name, attributes.get(wanted)


def _requests(
    operation: str, parameters: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield table, attributes that hold the key, and True if they are a query's."""
    if operation == "BatchGetItem":
        for name, request in parameters["RequestItems"].items():
            for key in request["Keys"]:
                yield name, key, False
    elif operation == "TransactWriteItems":
        for action in parameters["TransactItems"]:
            for request in action.values():
                yield request["TableName"], request.get("Item") or request["Key"], False
    elif operation == "Query":
        condition = parameters.get("KeyConditionExpression", "")
        values = parameters.get("ExpressionAttributeValues", {})
        if not _OF_PARTITION.match(condition):
            values = {}  # whatever it asks for, it is not what the value says
        yield parameters["TableName"], values, True
    else:
        item = parameters.get("Item") or parameters.get("Key") or {}
        yield parameters["TableName"], item, False


def _refuse_foreign(
    action: str, table: str, partition: suite_keys.Value | None
) -> None:
    queries = action.endswith(":Query")
    if partition is None and not queries:
        return
    if partition is not None and (
        suite_keys.is_suite_key(partition) or partition in _EMPTY
    ):
        return
    shown = "no partition key value" if partition is None else "a foreign key"
    raise RefusedError(
        f"{action} refused: {shown} for {table}. The suite touches only items whose "
        f"partition key starts with {suite_keys.PREFIX!r}."
    )
