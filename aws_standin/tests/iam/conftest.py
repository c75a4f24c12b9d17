"""Sessions of roles, in accounts in which policies are enforced."""

import json

import boto3
import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def enforced(account, control):
    """Enforce policies in the test's account, whose own key may do everything."""
    control("settings", {"enforcement": {"accounts": [account]}})
    yield
    control("settings", {"enforcement": {"accounts": []}})


@pytest.fixture
def assumed(client, account, standin, enforced):
    """Assume a role with one policy; return a maker of clients."""
    assert enforced is None
    iam, sts = client("iam", account=account), client("sts", account=account)

    def assumed(*statements, tags=(), **session):
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        role = iam.create_role(
            RoleName="application",
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Tags=list(tags),
        )["Role"]["Arn"]
        iam.put_role_policy(
            RoleName="application",
            PolicyName="own",
            PolicyDocument=json.dumps(document),
        )
        keys = sts.assume_role(RoleArn=role, RoleSessionName="run", **session)
        return lambda service: boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=standin.endpoint,
            aws_access_key_id=keys["Credentials"]["AccessKeyId"],
            aws_secret_access_key=keys["Credentials"]["SecretAccessKey"],
            aws_session_token=keys["Credentials"]["SessionToken"],
        )

    return assumed
