"""CBOR, the protocol that boto3 speaks to CloudWatch."""

from datetime import UTC, datetime

import pytest
from botocore.parsers import create_parser

from aws_standin.protocols.messages import AwsError, Request, answer, error
from aws_standin.protocols.parameters import of
from aws_standin.protocols.service_models import service_model

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
ALARMS = {
    "MetricAlarms": [{"AlarmName": "a", "Threshold": 1.5, "StateUpdatedTimestamp": NOW}]
}


def call(body=b""):
    """Return a call of DescribeAlarms with this body."""
    return Request(
        service="cloudwatch",
        operation="DescribeAlarms",
        account="111122223333",
        region="eu-west-1",
        parameters={},
        environ={},
        body=body,
        protocol="cbor",
    )


def read(response):
    """Return the answer as botocore reads it."""
    shape = service_model("cloudwatch").operation_model("DescribeAlarms").output_shape
    found = create_parser("smithy-rpc-v2-cbor").parse(
        {
            "headers": dict(response.headers),
            "status_code": response.status,
            "body": response.body,
        },
        shape,
    )
    found.pop("ResponseMetadata")
    return found


def test_botocore_reads_an_answer_as_it_was_given():
    """Numbers and times MUST arrive as they were given."""
    assert read(answer(call(), ALARMS)) == ALARMS


def test_botocore_reads_an_error_as_it_was_given():
    """An error MUST keep its code and message."""
    found = read(error(call(), "ResourceNotFound", "no such alarm", 404))

    assert found["Error"]["Code"] == "ResourceNotFound"
    assert found["Error"]["Message"] == "no such alarm"


def test_a_body_that_is_no_cbor_is_refused_as_aws_refuses_it():
    """A broken body MUST be a SerializationException, not a failure of the server."""
    with pytest.raises(AwsError, match="SerializationException: The body is not CBOR"):
        of(call(b"\xff\xff"))
