"""The ARN template of a resource's type.

Source: Service Authorization Reference, "Resource types defined by …" of DynamoDB,
AWS Backup, KMS, IAM, SNS, SQS, Lambda, CloudWatch and S3.
"""

from aws_standin.iam.pattern_match import arn_matches

_HERE = "${Partition}:%s:${Region}:${Account}"
_TEMPLATES = {
    "arn:*:dynamodb:*:*:table/*/index/*": _HERE % "dynamodb"
    + ":table/${TableName}/index/${IndexName}",
    "arn:*:dynamodb:*:*:table/*/stream/*": _HERE % "dynamodb"
    + ":table/${TableName}/stream/${StreamLabel}",
    "arn:*:dynamodb:*:*:table/*/backup/*": _HERE % "dynamodb"
    + ":table/${TableName}/backup/${BackupName}",
    "arn:*:dynamodb:*:*:table/*": _HERE % "dynamodb" + ":table/${TableName}",
    "arn:*:backup:*:*:backup-vault:*": _HERE % "backup"
    + ":backup-vault:${BackupVaultName}",
    "arn:*:backup:*:*:backup-plan:*": _HERE % "backup" + ":backup-plan:${BackupPlanId}",
    "arn:*:backup:*:*:recovery-point:*": _HERE % "backup"
    + ":recovery-point:${RecoveryPointId}",
    "arn:*:kms:*:*:key/*": _HERE % "kms" + ":key/${KeyId}",
    "arn:*:kms:*:*:alias/*": _HERE % "kms" + ":alias/${Alias}",
    "arn:*:iam::*:role/*": "${Partition}:iam::${Account}:role/${RoleNameWithPath}",
    "arn:*:iam::*:user/*": "${Partition}:iam::${Account}:user/${UserNameWithPath}",
    "arn:*:sns:*:*:*": _HERE % "sns" + ":${TopicName}",
    "arn:*:sqs:*:*:*": _HERE % "sqs" + ":${QueueName}",
    "arn:*:lambda:*:*:function:*": _HERE % "lambda" + ":function:${FunctionName}",
    "arn:*:cloudwatch:*:*:alarm:*": _HERE % "cloudwatch" + ":alarm:${AlarmName}",
    "arn:*:s3:::*/*": "${Partition}:s3:::${BucketName}/${ObjectName}",
    "arn:*:s3:::*": "${Partition}:s3:::${BucketName}",
}


def template(arn: str) -> str:
    """Return the template of the type that `arn` is of, "*" for an unknown type."""
    for pattern, found in _TEMPLATES.items():
        if arn_matches(pattern, arn):
            return f"arn:{found}"
    return "*"
