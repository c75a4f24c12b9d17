"""Every action of DynamoDB in IAM, by the kinds of resource that it is granted on.

Source: Service Authorization Reference, "Actions, resources, and condition keys for
Amazon DynamoDB", seen in November 2026, and the operations of botocore 1.44 that it
did not list yet. A self-test compares them with the installed botocore.
"""

from collections.abc import Mapping

ON_ITEMS = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "ConditionCheckItem",
        "DeleteItem",
        "GetItem",
        "PartiQLDelete",
        "PartiQLInsert",
        "PartiQLSelect",
        "PartiQLUpdate",
        "PutItem",
        "Query",
        "Scan",
        "SearchVectors",
        "UpdateItem",
    }
)
_OF_REPLICAS = frozenset(
    {
        "AssociateTableReplica",
        "CreateGlobalTable",
        "CreateGlobalTableWitness",
        "CreateTableReplica",
        "DeleteGlobalTableWitness",
        "DeleteTableReplica",
        "DescribeGlobalTable",
        "DescribeGlobalTableSettings",
        "DescribeTableReplicaAutoScaling",
        "ReadDataForReplication",
        "ReplicateSettings",
        "UpdateGlobalTable",
        "UpdateGlobalTableSettings",
        "UpdateGlobalTableVersion",
        "UpdateTableReplicaAutoScaling",
        "WriteDataForReplication",
    }
)
_OF_TABLES = frozenset(
    {
        "CancelBulkOperation",
        "CreateBackup",
        "CreateTable",
        "DeleteResourcePolicy",
        "DeleteTable",
        "DescribeBulkOperation",
        "DescribeContinuousBackups",
        "DescribeContributorInsights",
        "DescribeKinesisStreamingDestination",
        "DescribeTable",
        "DescribeTimeToLive",
        "DisableKinesisStreamingDestination",
        "EnableKinesisStreamingDestination",
        "ExportTableToPointInTime",
        "GetResourcePolicy",
        "ImportTable",
        "InjectError",
        "ListBulkOperations",
        "ListTagsOfResource",
        "PutResourcePolicy",
        "RestoreTableFromAwsBackup",
        "RestoreTableFromBackup",
        "RestoreTableToPointInTime",
        "StartAwsBackupJob",
        "StartBulkPutItems",
        "TagResource",
        "UntagResource",
        "UpdateContinuousBackups",
        "UpdateContributorInsights",
        "UpdateKinesisStreamingDestination",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)
ON_TABLES = ON_ITEMS | _OF_TABLES | _OF_REPLICAS
ON_INDEXES = frozenset(
    {
        "DescribeContributorInsights",
        "PartiQLSelect",
        "Query",
        "Scan",
        "SearchVectors",
        "UpdateContributorInsights",
    }
)
ON_STREAMS = frozenset(
    {
        "DeleteResourcePolicy",
        "DescribeStream",
        "GetRecords",
        "GetResourcePolicy",
        "GetShardIterator",
        "ListStreams",
        "PutResourcePolicy",
    }
)
ON_BACKUPS = frozenset({"DeleteBackup", "DescribeBackup", "RestoreTableFromBackup"})
ON_EXPORTS = frozenset({"DescribeExport"})
ON_IMPORTS = frozenset({"DescribeImport"})
ACCOUNT_WIDE = frozenset(
    {
        "DescribeEndpoints",
        "DescribeLimits",
        "DescribeReservedCapacity",
        "DescribeReservedCapacityOfferings",
        "GetAbacStatus",
        "ListBackups",
        "ListContributorInsights",
        "ListExports",
        "ListGlobalTables",
        "ListImports",
        "ListStreams",
        "ListTables",
        "PurchaseReservedCapacityOfferings",
        "UpdateAbacStatus",
    }
)
"""They take no resource but `*`."""
BY_KIND: Mapping[str, frozenset[str]] = {
    "table": ON_TABLES,
    "index": ON_INDEXES,
    "stream": ON_STREAMS,
    "backup": ON_BACKUPS,
    "export": ON_EXPORTS,
    "import": ON_IMPORTS,
    "": ACCOUNT_WIDE,
}
"""The kind of a resource is the word before its own name in the ARN."""
EVERY = frozenset[str]().union(*BY_KIND.values())


def kind_of(arn: str) -> str:
    """Return the kind of a resource of DynamoDB; "" for `*` and for other ARNs."""
    resource = arn.rpartition(":table/")[2] if ":table/" in arn else ""
    part = resource.partition("/")[2].partition("/")[0]
    if not resource:
        return ""
    return part if part in BY_KIND and part else "table"
