"""A denial names the right that was missing, on the resource that was denied."""

import pytest

from conformance.aws.denials import missing_rights, right_in
from conformance.model.finding import Observation

USER = "User: arn:aws:sts::815856636111:assumed-role/suite/run is"
KEY = "arn:aws:kms:eu-west-1:815856636111:key/0a1b"
TABLE = "arn:aws:dynamodb:eu-west-1:815856636111:table/users-sit"
OLD_KEY_WORDS = (
    "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: "
    "The ciphertext refers to a customer master key that does not exist, does not "
    "exist in this region, or you are not allowed to access."
)
WORDS = {
    f"{USER} not authorized to perform: dynamodb:Scan on resource: {TABLE} because no "
    "identity-based policy allows it": f"dynamodb:Scan on {TABLE}",
    f"KMS key access denied error: {USER} not authorized to perform: kms:Decrypt on "
    f"resource: {KEY} because no identity-based policy": f"kms:Decrypt on {KEY}",
    OLD_KEY_WORDS: "kms:Decrypt",
    f"{USER} not authorized to perform: iam:GetRole on resource: role suite because no "
    "identity-based policy allows the iam:GetRole action": "iam:GetRole",
    f"{USER} not authorized to perform: cloudwatch:ListMetrics because no policy says "
    "it": "cloudwatch:ListMetrics",
    f'{USER} not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs" '
    "because no policy allows it": "s3:ListBucket on arn:aws:s3:::logs",
    "Insufficient privileges to perform this action.": "",
    "Access Denied": "",
    "": "",
}


def request(service, operation, message="", **parameters):
    """A request that was denied."""
    return Observation(
        id="1",
        service=service,
        operation=operation,
        region="eu-west-1",
        parameters=parameters,
        status=400,
        request_id="",
        error="AccessDeniedException",
        time="",
        duration_ms=1.0,
        denied=right_in(message),
    )


def advised(*requests):
    """Actions and resources of each statement that is advised, and its service."""
    found = missing_rights(requests, "815856636111")
    return [
        (
            statement["Action"],
            statement["Resource"],
            statement.get("Condition", {})
            .get("StringEquals", {})
            .get("kms:ViaService"),
        )
        for statement in found["Statement"]
    ]


@pytest.mark.parametrize("message", WORDS)
def test_the_right_is_the_one_that_aws_names(message):
    """It is not always the operation that was called."""
    assert right_in(message) == WORDS[message]


def test_nothing_is_advised_where_nothing_was_denied():
    """Other errors are no lack of rights."""
    throttled = request("dynamodb", "Scan", TableName="users-sit")
    object.__setattr__(throttled, "error", "ThrottlingException")
    assert missing_rights([throttled], "815856636111") is None


def test_a_denied_key_is_advised_and_not_the_write():
    """The right to use the key is missing, through DynamoDB, for this key."""
    words = (
        f"KMS key access denied error: {USER} not authorized to perform: kms:Decrypt"
    )
    denied = request(
        "dynamodb",
        "PutItem",
        f"{words} on resource: {KEY} because",
        TableName="users-sit",
    )
    through = "dynamodb.eu-west-1.amazonaws.com"
    assert advised(denied) == [(["kms:Decrypt"], [KEY], through)]


def test_a_denied_key_that_aws_does_not_name_is_one_of_the_account():
    """Of a restore, any of its rights may be the one."""
    keys = ["arn:aws:kms:eu-west-1:815856636111:key/*"]
    through = "dynamodb.eu-west-1.amazonaws.com"
    write = request("dynamodb", "PutItem", OLD_KEY_WORDS, TableName="users-sit")
    assert advised(write) == [(["kms:Decrypt"], keys, through)]
    restore = request("dynamodb", "RestoreTableToPointInTime", OLD_KEY_WORDS)
    ((needed, resources, _),) = advised(restore)
    assert "kms:CreateGrant" in needed
    assert resources == keys


def test_resources_that_aws_does_not_name_are_those_of_the_request():
    """Names among the parameters say what was asked about."""
    found = advised(
        request("dynamodb", "DescribeTable", TableName="users-sit"),
        request("dynamodb", "DescribeTimeToLive", TableName="users-sit"),
        request("dynamodb", "ListTagsOfResource", ResourceArn=TABLE),
        request("iam", "GetRole", RoleName="suite"),
    )
    assert found == [
        (
            [
                "dynamodb:DescribeTable",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:ListTagsOfResource",
            ],
            [TABLE],
            None,
        ),
        (["iam:GetRole"], ["arn:aws:iam::815856636111:role/suite"], None),
    ]


def test_a_denial_within_an_answer_is_advised_once():
    """Lambda answers without the variables, and the reason says what was denied."""
    words = f"{USER} not authorized to perform: kms:Decrypt on resource: {KEY} because"
    found = missing_rights([], "815856636111", [f"variables of x: {words}", "other"])
    (statement,) = found["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt"], [KEY])
    denied = request("dynamodb", "GetItem", f"KMS key access denied error: {words}")
    both = missing_rights([denied], "815856636111", [words])
    assert len(both["Statement"]) == 1


def test_a_key_that_was_named_by_its_alias_is_one_of_the_account():
    """IAM takes no alias as the resource of a right to a key."""
    denied = request("kms", "DescribeKey", KeyId="alias/tables")
    keys = ["arn:aws:kms:eu-west-1:815856636111:key/*"]
    assert advised(denied) == [(["kms:DescribeKey"], keys, None)]


def test_a_right_on_one_resource_is_not_advised_on_another():
    """Rights with different resources are statements of their own."""
    other = f"{TABLE[:-9]}orders-sit"
    found = advised(
        request("dynamodb", "Scan", TableName="users-sit"),
        request("dynamodb", "Scan", TableName="orders-sit"),
        request("dynamodb", "DescribeTable", TableName="orders-sit"),
        request("dynamodb", "ListTables"),
    )
    assert sorted(found) == [
        (["dynamodb:DescribeTable"], [other], None),
        (["dynamodb:ListTables"], ["*"], None),
        (["dynamodb:Scan"], [other, TABLE], None),
    ]
