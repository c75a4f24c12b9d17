"""Metrics that no call leaves behind: of backup jobs, and of replication.

Sources: AWS Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch" (the
number of jobs in each state, by vault name and by resource type); DynamoDB Developer
Guide, "DynamoDB metrics and dimensions", ReplicationLatency.
"""

from collections.abc import Iterator
from datetime import datetime

from aws_standin.backup.job_records import Event
from aws_standin.cloudwatch.dynamodb_metrics import NAMESPACE
from aws_standin.cloudwatch.metric_store import Metric, sample
from aws_standin.cloudwatch.metrics import Metrics
from aws_standin.dynamodb.table_history import Entry
from aws_standin.dynamodb.tables import Table

BACKUP = "AWS/Backup"
STATES = {
    "backup": (
        "CREATED",
        "PENDING",
        "RUNNING",
        "ABORTED",
        "COMPLETED",
        "FAILED",
        "EXPIRED",
    ),
    "copy": ("CREATED", "RUNNING", "COMPLETED", "FAILED"),
    "restore": ("PENDING", "RUNNING", "COMPLETED", "FAILED"),
}
"""The states that are counted, by the kind of job."""


class JobMetrics:
    """Listens to backup jobs and to replicas, and counts their events."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def job(self, event: Event) -> None:
        """Count a job that came into a state, at the time when it did."""
        counted = [(metric, sample(1.0, "Count")) for metric in of_job(event)]
        where = event.place.account, event.place.region
        self._metrics.add(where, counted, event.at)

    def write(self, table: Table, entry: Entry) -> None:
        """Measure a write that has arrived from another region.

        The metric is the sending region's; a write of this region is none.
        """
        if entry.origin == table.name.region:
            return
        dimensions = {
            ("TableName", table.name.table),
            ("ReceivingRegion", table.name.region),
        }
        metric = Metric(NAMESPACE, "ReplicationLatency", frozenset(dimensions))
        latency = sample(_milliseconds(entry.written, entry.at), "Milliseconds")
        self._metrics.add(
            (table.name.account, entry.origin), [(metric, latency)], entry.at
        )


def of_job(event: Event) -> Iterator[Metric]:
    """Yield the metrics that a job's state counts in."""
    if event.state not in STATES.get(event.kind, ()):
        return
    name = f"NumberOf{event.kind.title()}Jobs{event.state.title()}"
    vault, kind = ("BackupVaultName", event.vault_name), ("ResourceType", "DynamoDB")
    for dimensions in ({vault}, {kind}, {vault, kind}):
        yield Metric(BACKUP, name, frozenset(dimensions))


def _milliseconds(begin: datetime, end: datetime) -> float:
    """Return the time between, one millisecond at least: zero means a stalled replica.

    DynamoDB Developer Guide, "Monitoring global tables".
    """
    return max(1.0, (end - begin).total_seconds() * 1000)
