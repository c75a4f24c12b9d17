"""An alarm publishes where the topic's policy and key admit CloudWatch."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

SERVICE = {"Service": "cloudwatch.amazonaws.com"}


@pytest.fixture
def cloudwatch(client, account):
    return client("cloudwatch", account=account)


@pytest.fixture
def sns(client, account):
    return client("sns", account=account)


@pytest.fixture
def kms(client, account):
    return client("kms", account=account)


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alarms")["TopicArn"]


@pytest.fixture
def outcome(cloudwatch, topic):
    """Raise an alarm on the topic, and return what its history says of the action."""

    def raised():
        alarm = {
            "AlarmName": "errors",
            "Namespace": "Shop",
            "MetricName": "Failures",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [topic],
        }
        cloudwatch.put_metric_alarm(**alarm)
        for state in ("OK", "ALARM"):
            cloudwatch.set_alarm_state(
                AlarmName="errors", StateValue=state, StateReason="a test"
            )
        items = cloudwatch.describe_alarm_history(HistoryItemType="Action")
        return [item["HistorySummary"] for item in items["AlarmHistoryItems"]]

    return raised


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, action, **more):
    allowed = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**allowed, "Resource": "*", **more}


def test_the_default_policy_admits_the_alarms_of_the_account(outcome, topic):
    """SNS's default policy allows whatever the owner of the topic does.

    SNS Developer Guide, "Example cases for Amazon SNS access control".
    """
    assert outcome() == [f"Successfully executed action {topic}"]


@pytest.mark.parametrize(
    ("statement", "admits"),
    [
        (allow(SERVICE, "sns:Publish"), True),
        (allow({"Service": "events.amazonaws.com"}, "sns:Publish"), False),
        (allow("*", "sns:Publish", Condition={"Bool": {"aws:x": "1"}}), False),
        (allow(SERVICE, "sns:Subscribe"), False),
    ],
)
def test_a_policy_must_admit_cloudwatch(outcome, sns, topic, statement, admits):
    """Where the policy has no statement for it, the publish is refused.

    AWS re:Post, "Why didn't I receive an SNS notification for my CloudWatch alarm".
    """
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy(statement)
    )
    (said,) = outcome()
    assert ("is not authorized to perform: SNS:Publish" in said) is not admits


@pytest.mark.parametrize("principal", [SERVICE, {"Service": "s3.amazonaws.com"}])
def test_the_key_of_a_topic_must_admit_cloudwatch(outcome, sns, kms, topic, principal):
    """A customer's key serves CloudWatch if its policy says so.

    AWS re:Post, "How do I configure a CloudWatch alarm with an encrypted SNS topic".
    """
    actions = ["kms:Decrypt", "kms:GenerateDataKey*"]
    key = kms.create_key(Policy=policy(allow(principal, actions)))["KeyMetadata"]
    _encrypt(sns, topic, key["KeyId"])
    (said,) = outcome()
    assert ("encryption key" in said) is (principal != SERVICE)


def test_the_managed_key_of_sns_never_serves_cloudwatch(outcome, sns, topic):
    """The policy of alias/aws/sns does not admit CloudWatch, and nobody can edit it.

    AWS re:Post, "How do I configure a CloudWatch alarm with an encrypted SNS topic".
    """
    _encrypt(sns, topic, "alias/aws/sns")
    (said,) = outcome()
    assert "does not have authorization to access the SNS topic encryption key" in said


def test_a_muted_alarm_does_nothing(outcome, cloudwatch):
    """While a mute rule is active, the actions of its alarms are not executed.

    botocore model, PutAlarmMuteRule.
    """
    now = datetime.now(UTC) - timedelta(minutes=5)
    _mute(cloudwatch, f"at({now:%Y-%m-%dT%H:%M})", "PT1H")
    assert outcome() == []
    (summary,) = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert (summary["Status"], summary["MuteType"]) == ("ACTIVE", "ONE_TIME")
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="night")
    assert cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


def test_a_recurring_rule_is_scheduled(cloudwatch):
    """A rule is described with its targets; a name that nobody knows is refused.

    botocore model, GetAlarmMuteRule.
    """
    _mute(cloudwatch, "cron(0 2 * * SUN)", "PT4H")
    rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="night")
    assert rule["MuteTargets"] == {"AlarmNames": ["errors"]}
    assert (rule["Status"], rule["MuteType"]) == ("SCHEDULED", "RECURRING")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="day")
    with pytest.raises(ClientError, match="ValidationError"):
        _mute(cloudwatch, "rate(1 hour)", "PT4H")


def test_alarms_of_other_types_are_listed(cloudwatch):
    """A PromQL alarm is a metric alarm; a log alarm is a type of its own.

    botocore model, DescribeAlarms, AlarmTypes.
    """
    cloudwatch.put_metric_alarm(
        AlarmName="promql",
        EvaluationCriteria={"PromQLCriteria": {"Query": "errors > 1"}},
        EvaluationInterval=60,
    )
    schedule = {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300}
    cloudwatch.put_log_alarm(
        AlarmName="logs",
        ScheduledQueryConfiguration={
            "QueryString": "fields @message",
            "ScheduledQueryRoleARN": "arn:aws:iam::111122223333:role/logs",
            "ScheduleConfiguration": schedule,
            "AggregationExpression": "count(*)",
        },
        QueryResultsToEvaluate=1,
        QueryResultsToAlarm=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    found = cloudwatch.describe_alarms(AlarmTypes=["LogAlarm", "MetricAlarm"])
    listed = [
        [alarm["AlarmName"] for alarm in found[kind]]
        for kind in ("MetricAlarms", "CompositeAlarms", "LogAlarms")
    ]
    assert listed == [["promql"], [], ["logs"]]


def _encrypt(sns, topic, key):
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key
    )


def _mute(cloudwatch, expression, duration):
    cloudwatch.put_alarm_mute_rule(
        Name="night",
        Rule={"Schedule": {"Expression": expression, "Duration": duration}},
        MuteTargets={"AlarmNames": ["errors"]},
    )
