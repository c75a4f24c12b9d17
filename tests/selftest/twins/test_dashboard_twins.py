"""Dashboards that show something else than they seem to, or more than is declared."""

from datetime import timedelta

import pytest

from tests.selftest.twins.monitoring_env import DYNAMODB, RecordedMonitoring

OTHER = "999900001111"
EXPLORER = {
    "type": "explorer",
    "properties": {
        "metrics": [
            {"metricName": "UserErrors", "resourceType": "AWS::DynamoDB::Table"}
        ],
        "labels": [{"key": "Project", "value": "bbws"}],
    },
}


def widgets_of(body, kind="metric"):
    return [widget for widget in body["widgets"] if widget["type"] == kind]


def every_widget(**properties):
    def change(body, _):
        for widget in widgets_of(body):
            widget["properties"].update(properties)

    return change


def every_row(**options):
    def change(body, _):
        for widget in widgets_of(body):
            for row in widget["properties"]["metrics"]:
                row.append(dict(options))

    return change


def one_more(*widgets):
    def change(body, _):
        body["widgets"] += widgets

    return change


def _in_the_place_of_user_errors(body, _, *instead):
    kept = [widget for widget in body["widgets"] if "UserErrors" not in str(widget)]
    body["widgets"] = [*kept, *instead]


def instead_of_user_errors(*widgets):
    return lambda body, watched: _in_the_place_of_user_errors(body, watched, *widgets)


def graph(*rows, **properties):
    return {"type": "metric", "properties": {"metrics": list(rows), **properties}}


def _own_account_and_region(body, watched):
    own = {"accountId": watched.environment.account, "region": watched.region}
    every_widget(**own)(body, watched)
    every_row(**own)(body, watched)


def _graph_of_an_alarm(body, watched):
    arn = watched.alarm("user_errors account and region")["AlarmArn"]
    annotated = {"type": "metric", "properties": {"annotations": {"alarms": [arn]}}}
    _in_the_place_of_user_errors(body, watched, annotated)


def _tables_with_longer_names(body, watched):
    for widget in widgets_of(body, "text"):
        text = widget["properties"]["markdown"]
        widget["properties"]["markdown"] = text.replace(
            watched.users, f"{watched.users}-old"
        )


def _past(body, watched):
    end = watched.answers.now - timedelta(days=30)
    begin = end - timedelta(hours=3)
    body |= {"start": begin.isoformat(), "end": end.isoformat()}


def _index_alone(body, watched):
    for widget in widgets_of(body):
        rows = widget["properties"]["metrics"]
        widget["properties"]["metrics"] = [
            row
            for row in rows
            if watched.users not in row
            or "GlobalSecondaryIndexName" in row
            or not row[1].startswith("Consumed")
        ]


FAILING = {
    "widgets of another account": (every_widget(accountId=OTHER), ": without "),
    "rows of another account": (every_row(accountId=OTHER), ": without "),
    "rows of another region": (every_row(region="us-east-1"), ": without "),
    "hidden rows": (every_row(visible=False), ": without "),
    "the past": (_past, "widgets that end at"),
    "an index alone": (_index_alone, "consumed_capacity_units: without users-"),
    "tables with longer names": (_tables_with_longer_names, "table_status: without"),
    "a search of another service": (
        instead_of_user_errors(graph([{"expression": "SEARCH('{AWS/EC2}', 'Sum')"}])),
        "user_errors: without UserErrors",
    ),
    "a query of another metric": (
        instead_of_user_errors(
            graph([{"expression": 'SELECT SUM(Reads) FROM "AWS/DynamoDB"'}])
        ),
        "user_errors: without UserErrors",
    ),
    "a search beside what nothing shows": (
        lambda body, watched: [
            _index_alone(body, watched),
            instead_of_user_errors(
                graph([{"expression": "SEARCH('MetricName=\"UserErrors\"', 'Sum')"}])
            )(body, watched),
        ],
        "consumed_capacity_units: without users-",
    ),
}
UNCLEAR = {
    "a search": (
        instead_of_user_errors(
            graph([{"expression": "SEARCH('{AWS/DynamoDB}', 'Sum', 60)"}])
        ),
        "SEARCH('{AWS/DynamoDB}'",
    ),
    "a sum of hidden rows": (
        instead_of_user_errors(
            graph(
                [DYNAMODB, "UserErrors", {"id": "m1", "visible": False}],
                [{"expression": "SUM(METRICS())"}],
            )
        ),
        "SUM(METRICS()) of UserErrors",
    ),
    "an explorer in the place of a graph": (
        instead_of_user_errors(EXPLORER),
        "the explorer widget without a title",
    ),
    "a type of widget that nobody knows": (
        instead_of_user_errors({"type": "chart", "properties": {"title": "errors"}}),
        "the chart widget errors",
    ),
    "a property that nobody knows": (
        instead_of_user_errors(graph([DYNAMODB, "UserErrors"], lens="x")),
        "with lens",
    ),
    "a variable": (
        lambda body, _: body.update(
            variables=[{"type": "property", "property": "region", "label": "Where"}]
        ),
        "its variable Where may change what the dashboard shows",
    ),
}
PASSING = {
    "an explorer beside": one_more(EXPLORER),
    "a search beside": one_more(
        graph([{"expression": "SEARCH('{AWS/DynamoDB}', 'Sum')"}])
    ),
    "a log and a chart beside": one_more(
        {"type": "log", "properties": {"query": "SOURCE 'x'", "region": "eu-west-1"}},
        {"type": "chart"},
    ),
    "other tables beside": one_more(
        graph([DYNAMODB, "UserErrors", {"accountId": OTHER}], [".", "."])
    ),
    "the own account and region": _own_account_and_region,
    "the last three hours": lambda body, _: body.update(start="-PT3H"),
    "the graph of an alarm": _graph_of_an_alarm,
    "labels, colours and axes": every_row(
        label="x", color="#ff0000", yAxis="left", stat="Sum", period=60, id="m1"
    ),
    "other views": every_widget(view="singleValue", sparkline=True, liveData=True),
    "a variable of this region": lambda body, watched: body.update(
        variables=[
            {"type": "property", "property": "region", "defaultValue": watched.region}
        ]
    ),
}


def _judged(sit, change):
    watched = RecordedMonitoring(sit)
    body = watched.dashboard
    change(body, watched)
    watched.dashboard = body
    return sit.judge(watched.answers, "MON-5")


@pytest.mark.parametrize("what", FAILING)
def test_a_dashboard_that_shows_something_else_fails(sit, what):
    """What is not of this account, region and time is not shown."""
    change, said = FAILING[what]
    judged = _judged(sit, change)
    assert judged == {"MON-5": "FAIL"}
    assert any(said in reason for reason in judged.reasons("MON-5"))


@pytest.mark.parametrize("what", UNCLEAR)
def test_what_may_show_it_is_not_assessed(sit, what):
    """What is not understood is named."""
    change, said = UNCLEAR[what]
    judged = _judged(sit, change)
    assert judged == {"MON-5": "NOT_ASSESSED"}
    assert any(said in reason for reason in judged.reasons("MON-5"))


@pytest.mark.parametrize("what", PASSING)
def test_a_dashboard_with_more_passes(sit, what):
    """Everything declared is shown, and more does no harm."""
    assert _judged(sit, PASSING[what]) == {}
