"""The widgets of a dashboard."""

from datetime import UTC, datetime

import pytest

from conformance.model.cloudwatch.dashboard import unknown_settings, widgets
from conformance.model.cloudwatch.dashboard_rows import Place
from conformance.model.cloudwatch.metrics import DYNAMODB

HERE = Place("111122223333", "eu-west-1")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
ROW = [DYNAMODB, "SystemErrors", "TableName", "a", "Operation", "Query"]


def body(*rows, **properties):
    widget = {"type": "metric", "properties": {"metrics": list(rows), **properties}}
    return {"widgets": [widget]}


def shown(document):
    return {
        (place.account, place.region, metric.name, *sorted(metric.where.values()))
        for widget in widgets(document, HERE)
        for place, metric in widget.metrics
    }


def unclear(document):
    return [some.text for widget in widgets(document, HERE) for some in widget.unclear]


def test_shorthands_of_a_dashboard_are_filled_in():
    """`.` repeats one field of the row above, `...` all that are not given."""
    document = body(
        ROW,
        ["...", "Scan"],
        [".", "ThrottledRequests", ".", "b", ".", ".", {"region": "af-south-1"}],
        [{"expression": "SEARCH('{AWS/DynamoDB,TableName}', 'Sum', 60)"}],
    )
    account, region = HERE.account, HERE.region
    assert shown(document) == {
        (account, region, "SystemErrors", "Query", "a"),
        (account, region, "SystemErrors", "Scan", "a"),
        (account, "af-south-1", "ThrottledRequests", "Scan", "b"),
    }
    assert len(unclear(document)) == 1


def test_a_row_and_a_widget_name_the_account():
    """`accountId` of a row is stronger than that of its widget."""
    own = [*ROW, {"accountId": HERE.account}]
    document = body(ROW, own, accountId="999900001111")
    assert {account for account, *_ in shown(document)} == {
        "999900001111",
        HERE.account,
    }


def test_what_is_not_visible_is_not_shown():
    """A hidden row serves expressions; what they show of it is not understood."""
    hidden = [*ROW, {"id": "m1", "visible": False}]
    assert shown(body(hidden)) == set()
    assert unclear(body(hidden)) == []
    sums = body(hidden, [{"expression": "SUM([m1])"}])
    assert (shown(sums), unclear(sums)) == (set(), ["SUM([m1]) of SystemErrors"])
    hidden_sum = [{"expression": "SUM(METRICS())", "visible": False}]
    assert unclear(body(hidden, hidden_sum)) == []


@pytest.mark.parametrize(
    "document",
    [
        body(ROW, view="heatmap"),
        body(ROW, filter={"a": "b"}),
        body([*ROW, {"offset": 3600}]),
        {"widgets": [{"type": "chart", "properties": {}}]},
        {"widgets": [{"type": "metric", "tab": 2, "properties": {"metrics": [ROW]}}]},
        {"widgets": [{"type": "explorer", "properties": {"metrics": [{"a": "b"}]}}]},
    ],
)
def test_what_nobody_knows_shows_nothing_for_sure(document):
    """An unknown type, property or option makes that widget or row unclear."""
    assert shown(document) == set()
    assert len(unclear(document)) == 1


def test_a_fixed_end_shows_the_past():
    """An absolute end in the past hides what happens now; a relative one does not."""
    past = "2029-12-31T00:00:00Z"
    for document, ended in [
        (body(ROW), False),
        (body(ROW, start="-PT3H"), False),
        (body(ROW, start="2029-01-01T00:00:00Z", end=past), True),
        (body(ROW) | {"start": "2029-01-01T00:00:00Z", "end": past}, True),
        (body(ROW, end="2031-01-01T00:00:00") | {"end": past}, False),
    ]:
        (widget,) = widgets(document, HERE)
        assert widget.ended(NOW) is ended


def test_alarm_widgets_without_those_that_are_raised_show_nothing():
    """The list of states narrows an alarm widget."""
    for states, alarms in [
        ({}, 1),
        ({"states": ["ALARM"]}, 1),
        ({"states": ["OK"]}, 0),
    ]:
        properties = {"alarms": ["arn"], **states}
        document = {"widgets": [{"type": "alarm", "properties": properties}]}
        (widget,) = widgets(document, HERE)
        assert len(widget.alarms) == alarms


@pytest.mark.parametrize(
    ("variable", "matters"),
    [
        ({"type": "property", "property": "region"}, True),
        (
            {"type": "property", "property": "region", "defaultValue": "eu-west-1"},
            False,
        ),
        ({"type": "property", "property": "accountId", "defaultValue": "9"}, True),
        ({"type": "property", "property": "TableName"}, True),
        ({"type": "property", "property": "InstanceId"}, False),
        ({"type": "property", "property": "period"}, False),
        ({"type": "pattern", "pattern": "SystemErrors"}, True),
        ({"type": "pattern", "pattern": "a", "defaultValue": "a"}, False),
        ({"type": "pattern", "pattern": "nowhere"}, False),
        ({"type": "pattern", "pattern": "("}, True),
    ],
)
def test_a_variable_may_change_all_that_is_shown(variable, matters):
    """A variable that replaces regions, accounts, dimensions or text is named."""
    document = body(ROW) | {"variables": [{"id": "v", **variable}]}
    assert list(unknown_settings(document, HERE)) == ["its variable v"] * matters


def test_a_new_part_of_the_body_is_named():
    """What the reference does not list may change all that is shown."""
    assert list(unknown_settings(body(ROW) | {"tabs": []}, HERE)) == ["its tabs"]
