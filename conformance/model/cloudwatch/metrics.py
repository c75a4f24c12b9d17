"""The metrics that AWS publishes, with their dimensions: no others ever have data.

CloudWatch takes an alarm or a widget on any dimensions without an error, and does not
aggregate over one that is left out: each combination is a metric of its own
(CloudWatch User Guide, "Metrics concepts").
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DYNAMODB = "AWS/DynamoDB"
BACKUP = "AWS/Backup"
SOURCES = {
    DYNAMODB: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
    BACKUP: "https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html",
}
"""The pages that say so, as read on 2026-11-23."""
NON_ZERO_ONLY = (
    "DynamoDB sends metrics to CloudWatch only when they have a non-zero value "
    f"({SOURCES[DYNAMODB]})"
)


@dataclass(frozen=True)
class Kind:
    """The dimensions and the unit in which a metric is published."""

    dimensions: frozenset[frozenset[str]]
    """Every set of dimension names that there is."""
    unit: str


@dataclass(frozen=True)
class Metric:
    """A metric's identity."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @property
    def where(self) -> Mapping[str, str]:
        """Values by the dimension's name."""
        return dict(self.dimensions)

    @property
    def defect(self) -> str:
        """The reason why the metric can never have data; empty if it can."""
        if self.namespace not in SOURCES:
            return ""
        known = KINDS.get((self.namespace, self.name))
        if known is None:
            return f"{self.namespace} has no metric {self.name}"
        names = frozenset(self.where)
        if names in known.dimensions:
            return ""
        wanted = " or ".join(sorted(map(_listed, known.dimensions)))
        return f"{self.name} is never published by {_listed(names)}, only by {wanted}"

    def lacks_unit(self, unit: str | None) -> str:
        """Return the reason why data of this unit never comes; empty if it does."""
        known = KINDS.get((self.namespace, self.name))
        if unit is None or known is None or unit == known.unit:
            return ""
        return f"{self.name} is published in {known.unit}, never in {unit}"


def metric(document: Mapping[str, Any]) -> Metric:
    """Return the metric that CloudWatch describes."""
    # Dimensions is absent, or empty, on a metric that has none.
    pairs = document.get("Dimensions") or ()
    dimensions = frozenset((pair["Name"], pair["Value"]) for pair in pairs)
    return Metric(document["Namespace"], document["MetricName"], dimensions)


def described(wanted: Metric) -> dict[str, Any]:
    """Return the metric as a parameter of CloudWatch's operations."""
    pairs = sorted(wanted.dimensions)
    return {
        "Namespace": wanted.namespace,
        "MetricName": wanted.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in pairs],
    }


def _listed(names: Iterable[str]) -> str:
    return " and ".join(sorted(names)) or "the whole account and region"


Sets = frozenset[frozenset[str]]


def _sets(*each: str) -> Sets:
    return frozenset(frozenset(names.split()) for names in each)


_ACCOUNT = _sets("")
_TABLE = _sets("TableName")
_INDEX = _sets("TableName", "TableName GlobalSecondaryIndexName")
_OPERATION = _sets("TableName Operation")
_STREAM = _sets("TableName Operation StreamLabel")
_RECEIVING = _sets("TableName ReceivingRegion")
_KINESIS = _sets("TableName DelegatedOperation")
_THROTTLES = (
    "ThrottleEvents",
    "AccountLimitThrottleEvents",
    "KeyRangeThroughputThrottleEvents",
    "MaxOnDemandThroughputThrottleEvents",
    "ProvisionedThroughputThrottleEvents",
)
_JOBS = {
    "Backup": "Aborted Completed Created Expired Failed Pending Running",
    "Copy": "Completed Created Failed Running",
    "Restore": "Completed Failed Pending Running",
}
_VAULT = _sets("BackupVaultName", "ResourceType", "BackupVaultName ResourceType")


_WAYS = ("Read", "Write")
_CAPACITY = ("Consumed", "Provisioned")


def _counts() -> dict[str, Sets]:
    """Metrics of DynamoDB that count something."""
    counts = {
        "UserErrors": _ACCOUNT,
        "SystemErrors": _OPERATION | _STREAM,
        "ThrottledRequests": _OPERATION,
        "ConditionalCheckFailedRequests": _TABLE,
        "TransactionConflict": _TABLE,
        "TimeToLiveDeletedItemCount": _TABLE,
        "PendingReplicationCount": _RECEIVING,
        "FaultInjectionServiceInducedErrors": _OPERATION,
        "ReturnedItemCount": _OPERATION,
        "ReturnedRecordsCount": _STREAM,
        "FailedToReplicateRecordCount": _KINESIS,
        "ThrottledPutRecordCount": _KINESIS,
        "ConsumedChangeDataCaptureUnits": _KINESIS,
        "OnlineIndexConsumedWriteCapacity": _INDEX,
        "OnlineIndexPercentageProgress": _INDEX,
        "OnlineIndexThrottleEvents": _INDEX,
    }
    for way in _WAYS:
        counts |= {f"{way}{name}": _INDEX for name in _THROTTLES}
        counts |= {f"{kind}{way}CapacityUnits": _INDEX for kind in _CAPACITY}
        counts[f"OnDemandMax{way}RequestUnits"] = _INDEX
        counts |= {f"AccountMax{level}{way}s": _ACCOUNT for level in ("", "TableLevel")}
    return counts


def _measures() -> dict[tuple[str, str], Sets]:
    """Metrics of DynamoDB with another unit, by name and unit."""
    used = {
        (f"{of}{way}CapacityUtilization", "Percent"): _ACCOUNT
        for of in ("AccountProvisioned", "MaxProvisionedTable")
        for way in _WAYS
    }
    return used | {
        ("ReplicationLatency", "Milliseconds"): _RECEIVING,
        ("SuccessfulRequestLatency", "Milliseconds"): _OPERATION | _STREAM,
        ("AgeOfOldestUnreplicatedRecord", "Milliseconds"): _KINESIS,
        ("ReturnedBytes", "Bytes"): _STREAM,
    }


def _backup_counts() -> Iterator[str]:
    for kind, states in _JOBS.items():
        for state in states.split():
            yield f"NumberOf{kind}Jobs{state}"
    for state in ("Cold", "Completed", "Deleting", "Expired", "Partial"):
        yield f"NumberOfRecoveryPoints{state}"


KINDS = (
    {(DYNAMODB, name): Kind(sets, "Count") for name, sets in _counts().items()}
    | {(DYNAMODB, name): Kind(sets, unit) for (name, unit), sets in _measures().items()}
    | {(BACKUP, name): Kind(_VAULT, "Count") for name in _backup_counts()}
)
