import shlex

import botocore.session
import pytest
from botocore import xform_name

from conformance.gate.page.aws_command import command, commands, dashed
from conformance.model.finding import Finding, Observation, Outcome
from conformance.model.operations import READ

READS = [(service, name) for service in sorted(READ) for name in sorted(READ[service])]


def observed(service, operation, **parameters):
    """A request that was answered."""
    return Observation(
        id="main-1",
        service=service,
        operation=operation,
        region="eu-west-1",
        parameters=parameters,
        status=200,
        request_id="R",
        error="",
        time="2026-01-01T00:00:00Z",
        duration_ms=1.0,
    )


@pytest.mark.parametrize(("service", "operation"), READS)
def test_names_are_spelt_as_the_command_line_spells_them(service, operation):
    """Operations and parameters have the names that botocore gives them there."""
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape
    names = [operation, *(shape.members if shape else ())]
    assert [dashed(name) for name in names] == [xform_name(name, "-") for name in names]


def test_a_read_is_shown_as_a_command():
    """Whoever has the rights sees the same fact with it."""
    found = command(observed("dynamodb", "DescribeTable", TableName="orders-sit"))
    expected = "aws dynamodb describe-table --table-name orders-sit --region eu-west-1"
    assert found == expected


def test_values_survive_the_shell():
    """Lists, structures, switches and odd characters arrive as they were sent."""
    found = command(
        observed(
            "cloudwatch",
            "ListMetrics",
            MetricName="$(rm -rf /); 'x'",
            Dimensions=[{"Name": "TableName", "Value": "orders"}],
            IncludeLinkedAccounts=False,
            NextToken="page",
        )
    )
    assert shlex.split(found)[3:] == [
        *("--metric-name", "$(rm -rf /); 'x'"),
        *("--dimensions", '[{"Name": "TableName", "Value": "orders"}]'),
        "--no-include-linked-accounts",
        *("--region", "eu-west-1"),
    ]


@pytest.mark.parametrize(
    "observation",
    [
        observed("dynamodb", "PutItem", TableName="orders", Item={}),
        observed("dynamodb", "DeleteTable", TableName="orders"),
        observed("dynamodb", "GetItem", TableName="orders", Key={"id": {"S": "…"}}),
        observed("backup", "StartRestoreJob", RecoveryPointArn="arn"),
    ],
    ids=lambda request: request.operation,
)
def test_nothing_that_writes_is_offered(observation):
    """No command on the page changes anything, and none is incomplete."""
    assert command(observation) is None


def test_commands_are_shown_once_and_short():
    """The same read twice is one command; one that nobody copies is none."""
    read = observed("dynamodb", "DescribeTable", TableName="orders")
    long = observed(
        "cloudwatch", "GetMetricData", MetricDataQueries=[{"Id": "q" * 500}]
    )
    finding = Finding(
        *("TBL-1", "t", "orders", "eu-west-1", Outcome.PASS, ""),
        observations=(read, read, long),
    )
    assert len(commands(finding)) == 1
