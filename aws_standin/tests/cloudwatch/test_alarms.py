"""Alarms are evaluated over their periods and act once per transition."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def cloudwatch(client, account):
    return client("cloudwatch", account=account)


@pytest.fixture
def topic(client, account):
    return client("sns", account=account).create_topic(Name="alarms")["TopicArn"]


class AlarmConsole:
    """Alarms, their data, and what was sent, as seen at one minute's end."""

    def __init__(self, cloudwatch, control, topic):
        self.cloudwatch, self.control, self.topic = cloudwatch, control, topic

    def alarm(self, name, **more):
        """Put an alarm on the sum of failures of one minute."""
        defaults = {
            "Namespace": "Shop",
            "MetricName": "Failures",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        if "Metrics" in more:
            for key in ("Namespace", "MetricName", "Statistic", "Period"):
                del defaults[key]
        self.cloudwatch.put_metric_alarm(AlarmName=name, **{**defaults, **more})

    def data(self, values, metric="Failures"):
        """Put values so many minutes ago."""
        data = [
            {
                "MetricName": metric,
                "Timestamp": NOON - timedelta(minutes=minutes),
                "Value": float(value),
            }
            for minutes, value in values.items()
        ]
        if data:
            self.cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)

    def state(self, name):
        """Evaluate all alarms and return the state of one."""
        self.control("alarms/evaluate", {"at": NOON.isoformat()})
        found = self.cloudwatch.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return alarm["StateValue"]

    def sent(self):
        """Return the messages that the topic got."""
        return [
            json.loads(one["Message"])
            for one in self.control("topics/messages")["messages"]
            if one["TopicArn"] == self.topic
        ]


@pytest.fixture
def watch(cloudwatch, control, topic):
    """Alarms that are evaluated at noon alone, not also at the present time."""
    control("settings", {"alarms": {"evaluating": False}})
    yield AlarmConsole(cloudwatch, control, topic)
    control("settings", {"alarms": {"evaluating": True}})


def test_a_new_alarm_has_insufficient_data(watch, cloudwatch):
    """When an alarm is created its state is set to INSUFFICIENT_DATA immediately.

    botocore model, PutMetricAlarm.
    """
    watch.alarm("new")
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["ActionsEnabled"] is True


def test_a_breach_raises_the_alarm_and_is_delivered_once(watch, topic):
    """An action is invoked when the state changes, not while the state lasts.

    CloudWatch User Guide, "Using Amazon CloudWatch alarms", Alarm actions.
    """
    watch.alarm("breach", AlarmActions=[topic])
    watch.data({1: 5.0})
    assert watch.state("breach") == "ALARM"
    assert watch.state("breach") == "ALARM"
    (message,) = watch.sent()
    assert message["AlarmName"] == "breach"
    assert message["NewStateValue"] == "ALARM"
    assert message["OldStateValue"] == "INSUFFICIENT_DATA"
    assert message["Trigger"]["MetricName"] == "Failures"
    assert message["NewStateReason"].startswith(
        "Threshold Crossed: 1 out of the last 1"
    )


def test_each_state_has_actions_of_its_own(watch, topic):
    """OKActions are executed on the transition to OK, AlarmActions on that to ALARM.

    botocore model, PutMetricAlarm.
    """
    watch.alarm("calm", OKActions=[topic], AlarmActions=[topic])
    watch.data({1: 0.0})
    assert watch.state("calm") == "OK"
    assert [m["NewStateValue"] for m in watch.sent()] == ["OK"]


def test_disabled_actions_change_the_state_alone(watch, topic, cloudwatch):
    """With actions disabled the state changes and nothing is sent.

    botocore model, PutMetricAlarm, ActionsEnabled, and DisableAlarmActions.
    """
    watch.alarm("mute", AlarmActions=[topic])
    cloudwatch.disable_alarm_actions(AlarmNames=["mute"])
    watch.data({1: 5.0})
    assert watch.state("mute") == "ALARM"
    assert watch.sent() == []


@pytest.mark.parametrize(
    ("comparison", "value", "expected"),
    [
        ("GreaterThanThreshold", 1.0, "OK"),
        ("GreaterThanOrEqualToThreshold", 1.0, "ALARM"),
        ("LessThanThreshold", 1.0, "OK"),
        ("LessThanOrEqualToThreshold", 1.0, "ALARM"),
        ("LessThanThreshold", 0.5, "ALARM"),
    ],
)
def test_comparison_operators(watch, comparison, value, expected):
    """The statistic is the first operand, the threshold the second.

    botocore model, PutMetricAlarm, ComparisonOperator.
    """
    watch.alarm("compared", ComparisonOperator=comparison)
    watch.data({1: value})
    assert watch.state("compared") == expected


@pytest.mark.parametrize(
    ("needed", "values", "expected"),
    [
        # needed of 3; minutes ago → value; by missing, ignore, breaching, notBreaching
        (3, {5: 0, 3: 9, 1: 9}, ("OK", "OK", "OK", "OK")),
        (3, {1: 0}, ("OK", "OK", "OK", "OK")),
        (3, {}, ("INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM", "OK")),
        (3, {5: 0, 4: 9, 3: 9, 1: 9}, ("ALARM", "ALARM", "ALARM", "ALARM")),
        (3, {3: 9}, ("ALARM", "INSUFFICIENT_DATA", "ALARM", "OK")),
        (2, {5: 0, 3: 9, 1: 9}, ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, {5: 0, 3: 9}, ("OK", "OK", "ALARM", "OK")),
        (2, {1: 0}, ("OK", "OK", "ALARM", "OK")),
        (2, {2: 9}, ("ALARM", "INSUFFICIENT_DATA", "ALARM", "OK")),
    ],
)
def test_missing_data(watch, needed, values, expected):
    """Missing data is filled in only as far as real datapoints do not suffice.

    CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", the
    two tables of an evaluation range of five; "retain" is the state it was created in.
    """
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    for treatment in treatments:
        watch.alarm(
            treatment,
            EvaluationPeriods=3,
            DatapointsToAlarm=needed,
            TreatMissingData=treatment,
        )
    watch.data(values)
    assert tuple(watch.state(treatment) for treatment in treatments) == expected


def test_dynamodb_metrics_always_ignore_missing_data(watch):
    """Alarms on AWS/DynamoDB ignore missing data whatever TreatMissingData says.

    botocore model, PutMetricAlarm, TreatMissingData: they "remain in their current
    state".
    """
    watch.alarm("idle", Namespace="AWS/DynamoDB", TreatMissingData="breaching")
    assert watch.state("idle") == "INSUFFICIENT_DATA"


def test_an_alarm_on_dimensions_nobody_puts_stays_without_data(watch):
    """CloudWatch does not aggregate over dimensions: the wrong ones have no data.

    CloudWatch User Guide, "Metrics concepts", Dimensions.
    """
    watch.alarm("wrong", Dimensions=[{"Name": "TableName", "Value": "orders"}])
    watch.data({1: 9.0})
    assert watch.state("wrong") == "INSUFFICIENT_DATA"


def test_an_alarm_on_metric_math(watch):
    """An alarm can watch the one expression that returns data.

    botocore model, PutMetricAlarm, Metrics.
    """

    def metric(identity, name):
        stat = {"Metric": {"Namespace": "Shop", "MetricName": name}}
        stat |= {"Period": 60, "Stat": "Sum"}
        return {"Id": identity, "MetricStat": stat, "ReturnData": False}

    share = {"Id": "share", "Expression": "100 * failed / all", "ReturnData": True}
    metrics = [metric("failed", "Failures"), metric("all", "Requests"), share]
    watch.alarm("share", Metrics=metrics, Threshold=10.0)
    watch.data({1: 1.0})
    watch.data({1: 50.0}, metric="Requests")
    assert watch.state("share") == "OK"
    watch.data({1: 9.0})
    assert watch.state("share") == "ALARM"


def test_an_expression_that_is_not_understood_is_no_verdict(watch):
    """An alarm that cannot be evaluated is INSUFFICIENT_DATA, never OK.

    CloudWatch User Guide, "Using Amazon CloudWatch alarms", Metric alarm states.
    """
    search = "SUM(SEARCH('{Shop} Failures', 'Sum', 60))"
    metrics = [{"Id": "e", "Expression": search, "Period": 60, "ReturnData": True}]
    watch.alarm("search", Metrics=metrics)
    watch.data({1: 5.0})
    assert watch.state("search") == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(bad)", "ALARM"),
        ('ALARM("bad") AND NOT ALARM("good")', "ALARM"),
        ("ALARM(bad) AND ALARM(good)", "OK"),
        ("ALARM(good) OR (ALARM(bad) AND OK(good))", "ALARM"),
        ("INSUFFICIENT_DATA(bad) OR FALSE", "OK"),
    ],
)
def test_composite_alarms(watch, cloudwatch, rule, expected):
    """A composite alarm is in ALARM exactly when its rule is true.

    botocore model, PutCompositeAlarm, AlarmRule.
    """
    watch.alarm("bad")
    watch.alarm("good", Threshold=100.0)
    watch.data({1: 5.0})
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule)
    assert watch.state("both") == expected


def test_without_alarm_types_only_metric_alarms_are_described(watch, cloudwatch):
    """DescribeAlarms leaves composite alarms out unless AlarmTypes asks for them.

    botocore model, DescribeAlarms, AlarmTypes.
    """
    watch.alarm("one")
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(one)")
    found = cloudwatch.describe_alarms()
    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == ["one"]
    assert found["CompositeAlarms"] == []


def test_a_state_set_by_hand_acts_and_is_evaluated_away(watch, topic, cloudwatch):
    """SetAlarmState acts at once, and the next evaluation sets the true state again.

    botocore model, SetAlarmState.
    """
    watch.alarm("tested", AlarmActions=[topic])
    watch.data({1: 0.0})
    cloudwatch.set_alarm_state(
        AlarmName="tested", StateValue="ALARM", StateReason="a test"
    )
    assert [m["NewStateReason"] for m in watch.sent()] == ["a test"]
    assert watch.state("tested") == "OK"


def test_history_tells_the_transitions_newest_first(watch, cloudwatch):
    """DescribeAlarmHistory has a StateUpdate item per transition.

    botocore model, DescribeAlarmHistory.
    """
    watch.alarm("seen")
    watch.data({1: 5.0})
    watch.state("seen")
    cloudwatch.set_alarm_state(AlarmName="seen", StateValue="OK", StateReason="calm")
    items = cloudwatch.describe_alarm_history(
        AlarmName="seen", HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]


def test_a_topic_of_another_region_is_refused(watch, topic):
    """An alarm's topic must be in the alarm's region.

    CloudWatch User Guide, "Notifying users on alarm changes".
    """
    elsewhere = topic.replace("eu-west-1", "af-south-1")
    with pytest.raises(ClientError, match="Invalid region af-south-1"):
        watch.alarm("abroad", AlarmActions=[elsewhere])


def test_more_datapoints_to_alarm_than_periods_are_refused(watch):
    """DatapointsToAlarm is the M of "M out of N" and not greater than N.

    CloudWatch User Guide, "Alarm evaluation".
    """
    with pytest.raises(ClientError, match="ValidationError"):
        watch.alarm("many", EvaluationPeriods=2, DatapointsToAlarm=3)
