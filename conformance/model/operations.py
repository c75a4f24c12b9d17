"""Every operation that the suite may ever ask of AWS, in its class."""

from conformance.model.errors import RefusedError

READ: dict[str, frozenset[str]] = {
    "accessanalyzer": frozenset({"CheckNoPublicAccess"}),
    "account": frozenset({"GetRegionOptStatus"}),
    "backup": frozenset(
        {
            "DescribeBackupVault",
            "DescribeRegionSettings",
            "GetBackupPlan",
            "GetBackupSelection",
            "GetBackupVaultAccessPolicy",
            "ListBackupJobs",
            "ListBackupPlanVersions",
            "ListBackupPlans",
            "ListBackupSelections",
            "ListBackupVaults",
            "ListCopyJobs",
            "ListRecoveryPointsByBackupVault",
        }
    ),
    "cloudtrail": frozenset(
        {"DescribeTrails", "GetEventSelectors", "GetTrailStatus", "LookupEvents"}
    ),
    "budgets": frozenset(
        {
            "DescribeBudgets",
            "DescribeNotificationsForBudget",
            "DescribeSubscribersForNotification",
        }
    ),
    "ce": frozenset({"GetAnomalyMonitors", "GetAnomalySubscriptions"}),
    "cloudwatch": frozenset(
        {
            "DescribeAlarmHistory",
            "DescribeAlarms",
            "GetAlarmMuteRule",
            "GetDashboard",
            "GetMetricData",
            "ListAlarmMuteRules",
            "ListMetrics",
        }
    ),
    "dynamodb": frozenset(
        {
            "DescribeContinuousBackups",
            "DescribeKinesisStreamingDestination",
            "DescribeTable",
            "DescribeTimeToLive",
            "GetResourcePolicy",
            "ListTables",
            "ListTagsOfResource",
        }
    ),
    "ec2": frozenset({"DescribeRouteTables", "DescribeVpcEndpoints", "DescribeVpcs"}),
    "iam": frozenset(
        {
            "GetPolicy",
            "GetPolicyVersion",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "SimulatePrincipalPolicy",
        }
    ),
    "kms": frozenset({"DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus"}),
    "lambda": frozenset(
        {
            "GetFunctionConcurrency",
            "GetFunctionConfiguration",
            "ListAliases",
            "ListEventSourceMappings",
            "ListFunctions",
        }
    ),
    "logs": frozenset({"FilterLogEvents"}),
    "pricing": frozenset({"GetProducts"}),
    "route53": frozenset(
        {
            "GetHealthCheck",
            "GetHealthCheckStatus",
            "ListHostedZones",
            "ListResourceRecordSets",
        }
    ),
    "s3": frozenset({"GetObject", "ListBuckets", "ListObjectsV2"}),
    "sns": frozenset(
        {"GetSubscriptionAttributes", "GetTopicAttributes", "ListSubscriptionsByTopic"}
    ),
    "sts": frozenset({"GetCallerIdentity"}),
}
DATA: dict[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "dynamodbstreams": frozenset({"DescribeStream", "GetRecords", "GetShardIterator"}),
}
TRAIL_FOLDER = "AWSLogs/{account}/CloudTrail/"
"""The folder of a trail's files in a bucket, after a prefix of the trail's own.

CloudTrail User Guide, "Finding your CloudTrail log files". The trail of an organization
has the organization's id before the account; the suite does not read its files.
"""
BACKUP: dict[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {"CreateBackup", "DeleteBackup", "DescribeBackup", "ListBackups"}
    ),
}
"""On-demand backups that bear a name of ours, of declared tables."""
INVOKE: dict[str, frozenset[str]] = {"lambda": frozenset({"Invoke"})}
"""Invocations of functions that are declared with a test event, and of no others."""
LOAD: dict[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
}
"""Requests of a load, about items with a load key; scans only count."""
SANDBOX: dict[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {
            "DeleteTable",
            "TagResource",
            "UpdateContinuousBackups",
            "UpdateTable",
            "UpdateTimeToLive",
        }
    ),
}
"""Changes of tables whose name is ours."""
RESTORE: dict[str, frozenset[str]] = {
    "backup": frozenset(
        {
            "DeleteRecoveryPoint",
            "DescribeBackupJob",
            "DescribeCopyJob",
            "DescribeRestoreJob",
            "ListRestoreJobs",
            "ListTags",
            "StartBackupJob",
            "StartCopyJob",
            "StartRestoreJob",
        }
    ),
    "dynamodb": frozenset(
        {"RestoreTableFromBackup", "RestoreTableToPointInTime", "Scan"}
    ),
}
"""Restores into tables of ours, from what we backed up, and reading whole tables."""
CLASSES: dict[str, dict[str, frozenset[str]]] = {
    "read": READ,
    "data": DATA,
    "backup": BACKUP,
    "invoke": INVOKE,
    "sandbox": SANDBOX,
    "restore": RESTORE,
    "load": LOAD,
}


def class_of(service: str, operation: str) -> str:
    """Return the class of an operation.

    Raises:
        RefusedError: no class lists it.
    """
    for name, services in CLASSES.items():
        if operation in services.get(service, ()):
            return name
    raise RefusedError(
        f"{service}:{operation} refused: the suite never calls it. An operation that "
        "a check needs is added to its class in conformance/model/operations.py."
    )
