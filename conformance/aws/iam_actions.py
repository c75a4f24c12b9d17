"""The IAM actions that API operations need.

Source: the tables "Actions" of the AWS Service Authorization Reference.
"""

_PREFIXES = {"accessanalyzer": "access-analyzer", "dynamodbstreams": "dynamodb"}
"""boto3 service names that differ from the prefix of their IAM actions."""
_BUDGET = ("budgets:ViewBudget", "billing:GetBillingViewData")
"""A budget is seen through a billing view, which is a right of its own."""
_ACTIONS = {
    "dynamodb:TransactWriteItems": ("dynamodb:PutItem", "dynamodb:UpdateItem"),
    "budgets:DescribeBudgets": _BUDGET,
    "budgets:DescribeNotificationsForBudget": _BUDGET,
    "budgets:DescribeSubscribersForNotification": _BUDGET,
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
}
"""API operations that IAM knows by other actions, with the ones it asks for."""
FILLS = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
"""Rights that a restore needs on its new table, beside the right to restore (Developer
guide, "Using IAM with DynamoDB backup and restore")."""
DECRYPT = "kms:Decrypt"
KEY_OF_RESTORE = (
    DECRYPT,
    "kms:CreateGrant",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)
"""Rights that a restore needs on a customer's key (Developer guide, "DynamoDB
encryption at rest: authorizing use of your customer managed key")."""
ACCOUNT_WIDE = frozenset({"dynamodb:ListBackups", "dynamodb:ListTables"})
"""Actions of DynamoDB that are about no table."""
ON_VAULTS = frozenset({"backup:StartBackupJob"})
ON_POINTS = frozenset(
    {
        "backup:DeleteRecoveryPoint",
        "backup:StartCopyJob",
        "backup:StartRestoreJob",
    }
)
"""Actions that change something of AWS Backup, by the type of their resource."""
_BELOW_TABLES = {
    "dynamodb:DeleteBackup": "/backup/*",
    "dynamodb:DescribeBackup": "/backup/*",
    "dynamodb:DescribeContributorInsights": "/index/*",
    "dynamodb:DescribeStream": "/stream/*",
    "dynamodb:GetRecords": "/stream/*",
    "dynamodb:GetResourcePolicy": "/stream/*",
    "dynamodb:GetShardIterator": "/stream/*",
    "dynamodb:Query": "/index/*",
    "dynamodb:RestoreTableFromBackup": "/backup/*",
}
"""Actions on what is below a table; all others are about tables alone."""


def actions(service: str, operation: str) -> tuple[str, ...]:
    """Return the IAM actions that a caller needs for an API operation."""
    name = f"{_PREFIXES.get(service, service)}:{operation}"
    return _ACTIONS.get(name, (name,))


def actions_of(operations: dict[str, frozenset[str]], *services: str) -> list[str]:
    """Return the IAM actions for the operations of these services, or of all."""
    return sorted(
        {
            action
            for service, names in operations.items()
            if service in services or not services
            for name in names
            for action in actions(service, name)
        }
    )


def below_tables(needed: list[str]) -> list[str]:
    """Return the suffixes of a table's ARN that these actions are about."""
    return sorted(
        {_BELOW_TABLES[action] for action in needed if action in _BELOW_TABLES}
    )
