"""An answer that lacks a member, or has another type, is told in words."""

import copy
import json
from datetime import UTC, datetime

import pytest

from conformance.aws.members import Members, answered, output_shape
from conformance.model.errors import UnreadableError

REQUEST = "dynamodb:DescribeTable in eu-west-1"
TABLE = {
    "TableName": "users",
    "CreationDateTime": datetime(2026, 1, 2, tzinfo=UTC),
    "ItemCount": 3,
    "DeletionProtectionEnabled": True,
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


def described(**changes):
    """Return DescribeTable's answer with these members of the table."""
    shape = output_shape("dynamodb", "DescribeTable")
    return answered(REQUEST, {"Table": TABLE | changes}, shape)


def test_an_answer_is_equal_to_what_it_says():
    """Recordings hold it, and comparisons see no difference."""
    answer = described()
    assert answer == {"Table": TABLE}
    assert json.loads(json.dumps(answer, default=str)) == json.loads(
        json.dumps({"Table": TABLE}, default=str)
    )
    assert copy.deepcopy(answer) == answer


@pytest.mark.parametrize(
    ("read", "path"),
    [
        (lambda answer: answer["Tables"], "Tables"),
        (lambda answer: answer["Table"]["TableStatus"], "Table.TableStatus"),
        (lambda answer: answer["Table"]["KeySchema"][0]["X"], "Table.KeySchema[0].X"),
        (lambda answer: Members(answer["Table"])["X"], "Table.X"),
        (lambda answer: copy.deepcopy(answer)["Table"]["Y"], "Table.Y"),
    ],
)
def test_an_absent_member_is_named(read, path):
    """Wherever it is, and in copies, too."""
    with pytest.raises(UnreadableError) as problem:
        read(described())
    assert str(problem.value) == f"{REQUEST} answered without {path}"


def test_a_default_is_the_readers_own():
    """Where AWS documents what absence means, a reader says so by `get`."""
    assert described()["Table"].get("BillingModeSummary", {}) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"KeySchema": "id"},
        {"KeySchema": None},
        {"KeySchema": [None]},
        {"KeySchema": [{"AttributeName": 5}]},
        {"TableName": {"S": "users"}},
        {"ItemCount": "3"},
        {"ItemCount": True},
        {"DeletionProtectionEnabled": "true"},
        {"CreationDateTime": "2026-01-02"},
        {"SSEDescription": []},
    ],
    ids=str,
)
def test_another_type_is_named(changes):
    """Nobody compares it with what is declared."""
    with pytest.raises(UnreadableError, match=f"Table.{next(iter(changes))}"):
        described(**changes)


def test_a_member_that_no_model_knows_is_kept():
    """AWS may say more than botocore of today knows."""
    assert described(Novelty=1)["Table"]["Novelty"] == 1


def policy(text):
    """Return GetResourcePolicy's answer with this text."""
    shape = output_shape("dynamodb", "GetResourcePolicy")
    return answered("dynamodb:GetResourcePolicy", {"Policy": text}, shape)


@pytest.mark.parametrize(
    "text", ['{"Statement": []}', "%7B%22Statement%22%3A%20%5B%5D%7D"]
)
def test_embedded_json_is_read(text):
    """IAM escapes it; the others do not."""
    assert policy(text).embedded("Policy")["Statement"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "answered without Policy.Statement"),
        ("", "answered Policy that is no JSON: ''"),
        ("<html>", "answered Policy that is no JSON: '<html>'"),
    ],
)
def test_embedded_json_that_cannot_be_read_is_told(text, told):
    """Its members have names as those of the answer have."""
    with pytest.raises(UnreadableError, match=told):
        policy(text).embedded("Policy")["Statement"]


def test_a_policy_that_boto3_has_read_is_as_good():
    """The documents of IAM come as JSON that is read already."""
    shape = output_shape("iam", "GetRole")
    role = {"AssumeRolePolicyDocument": {"Statement": []}}
    found = answered("iam:GetRole", {"Role": role}, shape)["Role"]
    assert found.embedded("AssumeRolePolicyDocument") == {"Statement": []}
