"""Resource policies of tables, and Access Analyzer's checks of documents."""

import json

import pytest
from botocore.exceptions import ClientError
from tests.table_definitions import BY_ID, create

TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


def document(**statement):
    defaults = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{**defaults, **statement}]}
    )


@pytest.fixture
def analyzer(client, account):
    return client("accessanalyzer", account=account)


@pytest.fixture
def table(client, account, name):
    dynamodb = client("dynamodb", account=account)
    create(
        dynamodb,
        name,
        **BY_ID,
    )
    return dynamodb


def test_a_table_without_a_policy_says_so(table, name, account):
    """GetResourcePolicy of a table without one is PolicyNotFoundException.

    botocore model, DynamoDB GetResourcePolicy and PolicyNotFoundException.
    """
    arn = f"arn:aws:dynamodb:eu-west-1:{account}:table/{name}"
    with pytest.raises(table.exceptions.PolicyNotFoundException):
        table.get_resource_policy(ResourceArn=arn)
    policy = document(Principal={"AWS": account}, Resource=arn)
    made = table.put_resource_policy(ResourceArn=arn, Policy=policy)
    found = table.get_resource_policy(ResourceArn=arn)
    assert json.loads(found["Policy"]) == json.loads(policy)
    assert found["RevisionId"] == made["RevisionId"]
    table.delete_resource_policy(ResourceArn=arn)
    with pytest.raises(table.exceptions.PolicyNotFoundException):
        table.get_resource_policy(ResourceArn=arn)


@pytest.mark.parametrize(
    ("statement", "result"),
    [
        ({"Principal": "*"}, "FAIL"),
        ({"Principal": {"AWS": "*"}}, "FAIL"),
        ({"NotPrincipal": {"AWS": "111122223333"}}, "FAIL"),
        ({"Principal": {"AWS": "111122223333"}}, "PASS"),
        ({"Principal": "*", "Effect": "Deny"}, "PASS"),
        (
            {
                "Principal": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
            },
            "PASS",
        ),
        (
            {
                "Principal": "*",
                "Condition": {"StringLike": {"aws:PrincipalArn": "*"}},
            },
            "FAIL",
        ),
        (
            {
                "Principal": "*",
                "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "1"}},
            },
            "FAIL",
        ),
    ],
)
def test_no_public_access(analyzer, statement, result):
    """A policy is public that lets everybody in without a fixed value to limit it.

    botocore model, Access Analyzer CheckNoPublicAccess; IAM User Guide, "IAM Access
    Analyzer: the meaning of public".
    """
    found = analyzer.check_no_public_access(
        policyDocument=document(**statement), resourceType="AWS::DynamoDB::Table"
    )
    assert found["result"] == result
    assert bool(found["reasons"]) == (result == "FAIL")


@pytest.mark.parametrize(
    ("access", "result"),
    [
        ({"actions": ["dynamodb:GetItem"]}, "FAIL"),
        ({"actions": ["dynamodb:DeleteTable"]}, "PASS"),
        ({"resources": [TABLE]}, "FAIL"),
        ({"resources": [f"{TABLE}-archive"]}, "PASS"),
        ({"actions": ["dynamodb:GetItem"], "resources": [TABLE]}, "FAIL"),
        ({"actions": ["dynamodb:GetItem"], "resources": [f"{TABLE}/x"]}, "PASS"),
    ],
)
def test_access_not_granted(analyzer, access, result):
    """The check fails when the policy may grant any of the given access.

    botocore model, Access Analyzer CheckAccessNotGranted.
    """
    found = analyzer.check_access_not_granted(
        policyDocument=document(), access=[access], policyType="IDENTITY_POLICY"
    )
    assert found["result"] == result


@pytest.mark.parametrize(
    ("deny", "result"),
    [
        ({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}, "PASS"),
        ({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, "PASS"),
        ({}, "PASS"),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, "FAIL"),
        ({"StringNotLike": {"aws:PrincipalArn": "*"}}, "FAIL"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "FAIL"),
    ],
)
def test_a_deny_takes_everybody_out_but_those_whom_it_names(analyzer, deny, result):
    """A policy for everybody is not public where all but fixed callers are denied.

    IAM User Guide, "IAM Access Analyzer: the meaning of public".
    """
    statement = {"Principal": "*", "Action": "dynamodb:*", "Resource": TABLE}
    policy = json.loads(document(Principal="*"))
    denying = {"Effect": "Deny", "Condition": deny} if deny else {"Effect": "Deny"}
    policy["Statement"].append(statement | denying)
    found = analyzer.check_no_public_access(
        policyDocument=json.dumps(policy), resourceType="AWS::DynamoDB::Table"
    )
    assert found["result"] == result


def test_a_deny_of_something_else_takes_nobody_out(analyzer):
    """What the Deny does not speak of stays allowed."""
    policy = json.loads(document(Principal="*"))
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "dynamodb:PutItem",
            "Resource": TABLE,
        }
    )
    found = analyzer.check_no_public_access(
        policyDocument=json.dumps(policy), resourceType="AWS::DynamoDB::Table"
    )
    assert found["result"] == "FAIL"


def test_a_broken_document_is_refused(analyzer):
    """A document that is no policy is a ValidationException.

    botocore model, Access Analyzer CheckNoPublicAccess.
    """
    with pytest.raises(ClientError, match="ValidationException"):
        analyzer.check_no_public_access(
            policyDocument="{}", resourceType="AWS::DynamoDB::Table"
        )


def test_an_account_without_analyzers_lists_none(analyzer):
    """ListAnalyzers of an account that has made none is empty.

    botocore model, Access Analyzer ListAnalyzers.
    """
    assert analyzer.list_analyzers()["analyzers"] == []
