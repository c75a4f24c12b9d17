"""The service models that most runs need, parsed before runs are forked."""

import boto3

import tests.selftest.shared_models  # noqa: F401 -- all sessions then share them

_SERVICES = (
    *("dynamodb", "dynamodbstreams", "sts", "kms", "backup", "cloudwatch", "sns"),
    *("iam", "lambda", "ec2", "cloudtrail", "account", "route53", "accessanalyzer"),
)
_SESSION = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 -- nothing is sent
for _service in _SERVICES:
    _SESSION.client(_service, "eu-west-1", endpoint_url="http://127.0.0.1:1")
