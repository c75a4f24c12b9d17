"""What is no dashboard of the documented form is not understood."""

import pytest

from conformance.model.cloudwatch.dashboard_grammar import understood
from conformance.model.errors import NotAssessedError

ROW = ["AWS/DynamoDB", "SystemErrors", {"region": "eu-west-1"}]


def body(**properties):
    """Return the body of a dashboard of one widget."""
    return {"widgets": [{"type": "metric", "properties": properties}]}


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"widgets": {}},
        {"widgets": ["text"]},
        {"widgets": [{"properties": {}}]},
        {"widgets": [{"type": "metric", "properties": []}]},
        body(region=["eu-west-1"]),
        body(metrics="SystemErrors"),
        body(metrics=[5]),
        body(metrics=[[5]]),
        body(metrics=[[*ROW[:2], {"expression": []}]]),
        body(alarms="arn"),
        body(states="ALARM"),
        body(end=5),
        body() | {"variables": ["region"]},
        body() | {"end": {}},
        body(annotations={"alarms": [None]}),
    ],
    ids=str,
)
def test_other_types_are_not_understood(document):
    """CloudWatch shows no such dashboard; whoever meets one says so."""
    with pytest.raises(NotAssessedError, match="dashboard not understood"):
        understood(document)


def test_a_dashboard_of_the_documented_form_is_understood():
    """All properties but the type of a widget are optional."""
    document = body(metrics=[ROW, ["...", "x"]], alarms=["arn"], region="eu-west-1")
    assert understood(document) == document
    assert understood({"widgets": [{"type": "explorer"}]})
    assert understood({}) == {}
