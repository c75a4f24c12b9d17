"""A function of Lambda."""

import io
import json
import zipfile

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def function(client, account):
    """A function that names its table in its environment."""
    role = client("iam", account=account).create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): return event")
    functions = client("lambda", account=account)
    functions.create_function(
        FunctionName="orders",
        Runtime="python3.12",
        Role=role,
        Handler="code.handler",
        Code={"ZipFile": file.getvalue()},
        Environment={"Variables": {"TABLE": "orders-sit"}},
    )
    return functions
