"""Alarms that do not act, that are not understood, or that are as good in another way.

Each of them is about the writes of one index, or about the errors of a table.
"""

from datetime import timedelta

import pytest

from tests.selftest.twins.monitoring_env import (
    DYNAMODB,
    INDEX_WRITES,
    USER_ERRORS,
    RecordedMonitoring,
    put_math,
)

WRITES = "users/write_throttle_events"
STATUSES = ["ACTIVE", "SCHEDULED"]
QUERY = (
    'SELECT SUM(WriteThrottleEvents) FROM SCHEMA("AWS/DynamoDB", TableName, '
    "GlobalSecondaryIndexName) GROUP BY TableName"
)


def _mute(watched, status, *alarms):
    """Add a mute rule about these alarms."""
    account, region = watched.environment.account, watched.region
    arn = f"arn:aws:cloudwatch:{region}:{account}:alarm-mute-rule:nights"
    listed = watched.answers["ListAlarmMuteRules"]
    listed["AlarmMuteRuleSummaries"] = [{"AlarmMuteRuleArn": arn, "Status": status}]
    rule = {
        "Name": "nights",
        "Status": status,
        "Rule": {"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "PT4H"}},
        "MuteTargets": {"AlarmNames": list(alarms)},
    }
    watched.answers.add(
        "cloudwatch", region, "GetAlarmMuteRule", rule, AlarmMuteRuleName="nights"
    )


def _compose(watched, *rules, **members):
    """Let only composites act: each rule is that of the one before, and the alarm."""
    watched.put(INDEX_WRITES, AlarmActions=[])
    for number, rule in enumerate(rules):
        last = number == len(rules) - 1
        actions = [watched.topic] if last else []
        watched.compose(f"composite {number}", rule, actions=actions)
    listed = watched.answers["DescribeAlarms", watched.region]["CompositeAlarms"]
    listed[-1].update(members)


def _warm_up(watched, minutes_ago):
    watched.put(
        INDEX_WRITES,
        WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 60},
        AlarmConfigurationUpdatedTimestamp=watched.answers.now
        - timedelta(minutes=minutes_ago),
    )


def _query(watched, text=QUERY, **members):
    """Put an alarm on a query in the place of that on the index."""
    put = dict(watched.alarm(INDEX_WRITES))
    watched.drop(INDEX_WRITES)
    gone = {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"}
    kept = {name: value for name, value in put.items() if name not in gone}
    query = {"Id": "q", "Expression": text, "Period": 60, "ReturnData": True}
    watched.add(kept | {"AlarmName": "any write", "Metrics": [query | members]})


def _promql(watched):
    _query(watched)
    alarm = watched.alarm("any write")
    for member in ("Metrics", "Threshold", "ComparisonOperator", "EvaluationPeriods"):
        del alarm[member]
    query = f'sum({{"WriteThrottleEvents", TableName="{watched.users}"}}) > 0'
    alarm["EvaluationCriteria"] = {"PromQLCriteria": {"Query": query}}


def _log_alarm(watched, state="OK"):
    put = dict(watched.alarm(INDEX_WRITES))
    watched.drop(INDEX_WRITES)
    watched.answers["DescribeAlarms", watched.region]["LogAlarms"] = [
        {name: put[name] for name in ("AlarmArn", "ActionsEnabled", "AlarmActions")}
        | {
            "AlarmName": "throttled in the logs",
            "StateValue": state,
            "ScheduledQueryConfiguration": {
                "QueryString": f"filter @message like /{watched.users}/",
                "AggregationExpression": "count(*)",
            },
        }
    ]


def _of_another_account(watched):
    put_math(watched, "SUM(METRICS())")
    for query in watched.alarm("any system error")["Metrics"][:-1]:
        query["AccountId"] = "999900001111"


def _tell(watched, action):
    watched.put(INDEX_WRITES, AlarmActions=[action])


def _published(watched):
    """Let CloudWatch have data of a metric that no document names."""
    strange = {"Namespace": DYNAMODB, "MetricName": "NewErrors", "Dimensions": []}
    watched.add(dict(watched.alarm(USER_ERRORS)) | strange | {"AlarmName": "new"})
    watched.answers["ListMetrics", "AWS/DynamoDB"]["Metrics"].append(strange)


# What is changed, the findings that differ, and what one of them says.
SILENT = {f"MON-3 {WRITES}": "FAIL"}
UNSURE = {f"MON-3 {WRITES}": "NOT_ASSESSED"}
UNSEEN = {f"MON-2 {WRITES}": "NOT_ASSESSED", f"MON-3 {WRITES}": "NOT_ASSESSED"}
MISSED = {f"MON-2 {WRITES}": "FAIL", f"MON-3 {WRITES}": "NOT_ASSESSED"}
CHANGES = {
    "muted now": (
        lambda watched: _mute(watched, "ACTIVE", INDEX_WRITES),
        SILENT,
        "muted now by the rule nights (cron(0 2 * * *) for PT4H)",
    ),
    "muted at times": (
        lambda watched: _mute(watched, "SCHEDULED", INDEX_WRITES),
        UNSURE,
        "muted at times by nights",
    ),
    "warming up": (lambda watched: _warm_up(watched, 30), SILENT, "warms up until"),
    "acting on a function": (
        lambda watched: _tell(watched, "arn:aws:lambda:eu-west-1:1:function:fix"),
        SILENT,
        "acts on arn:aws:lambda:eu-west-1:1:function:fix, not on",
    ),
    "acting on a topic of another region": (
        lambda watched: _tell(watched, watched.topic.replace("eu-west-1", "eu-west-2")),
        SILENT,
        "tells a topic of eu-west-2, not of eu-west-1",
    ),
    "acting on a topic of another account": (
        lambda watched: _tell(
            watched,
            watched.topic.replace(f":{watched.environment.account}:", ":999900001111:"),
        ),
        SILENT,
        "tells a topic of account 999900001111, not of ",
    ),
    "told with another alarm alone": (
        lambda watched: _compose(
            watched, f'ALARM("{INDEX_WRITES}") AND ALARM("{USER_ERRORS}")'
        ),
        SILENT,
        "no action",
    ),
    "told but in maintenance": (
        lambda watched: _compose(
            watched, f'ALARM("{INDEX_WRITES}") AND NOT ALARM("maintenance")'
        ),
        UNSURE,
        'composite 0 (ALARM("write_throttle_events',
    ),
    "told by a composite with a suppressor": (
        lambda watched: _compose(
            watched, f'ALARM("{INDEX_WRITES}")', ActionsSuppressor="maintenance"
        ),
        UNSURE,
        "suppressed at times by maintenance",
    ),
    "told by a composite that is suppressed": (
        lambda watched: _compose(
            watched,
            f'ALARM("{INDEX_WRITES}")',
            ActionsSuppressor="maintenance",
            ActionsSuppressedBy="Alarm",
        ),
        SILENT,
        "no action",
    ),
    "a query of Metrics Insights": (_query, UNSEEN, "any write (SELECT SUM("),
    "a query of another metric of DynamoDB": (
        lambda watched: _query(watched, QUERY.replace("WriteT", "AnyT")),
        UNSEEN,
        "any write (SELECT SUM(AnyThrottleEvents)",
    ),
    "a query of another service": (
        lambda watched: _query(watched, 'SELECT MAX(CPUUtilization) FROM "AWS/EC2"'),
        MISSED,
        "users/UsersByEmail: no alarm",
    ),
    "a query in another account": (
        lambda watched: _query(watched, AccountId="999900001111"),
        MISSED,
        "users/UsersByEmail: no alarm",
    ),
    "a query in PromQL": (_promql, UNSEEN, "any write ("),
    "a query of logs": (_log_alarm, UNSEEN, "throttled in the logs ("),
    "a query of logs that is raised": (
        lambda watched: _log_alarm(watched, "ALARM"),
        UNSEEN | {"MON-4": "FAIL"},
        "throttled in the logs",
    ),
    "metrics of another account": (
        _of_another_account,
        {
            "MON-2 users/system_errors": "FAIL",
            "MON-3 users/system_errors": "NOT_ASSESSED",
        },
        "users/GetItem: no alarm",
    ),
    "a window by the clock": (
        lambda watched: watched.put(
            INDEX_WRITES, EvaluationWindow={"WallClockWindow": {"Timezone": "UTC"}}
        ),
        UNSEEN,
        "the evaluation window WallClockWindow",
    ),
    "a configuration that cannot be evaluated": (
        lambda watched: watched.put(
            INDEX_WRITES, EvaluationState="EVALUATION_ERROR", StateReason="no role"
        ),
        {f"MON-2 {WRITES}": "FAIL", "MON-2": "FAIL"},
        "can never fire: EVALUATION_ERROR: no role",
    ),
    "an evaluation that failed": (
        lambda watched: watched.put(INDEX_WRITES, EvaluationState="EVALUATION_FAILURE"),
        {"MON-4": "NOT_ASSESSED"},
        "with EVALUATION_FAILURE",
    ),
    "a state that nobody knows": (
        lambda watched: watched.put(INDEX_WRITES, StateValue="SLEEPING"),
        {"MON-4": "NOT_ASSESSED"},
        "is in SLEEPING",
    ),
    "raised": (
        lambda watched: watched.put(
            INDEX_WRITES,
            StateValue="ALARM",
            StateReason="1 datapoint was greater than 0",
            StateTransitionedTimestamp=watched.answers.now - timedelta(days=3),
        ),
        {"MON-4": "FAIL"},
        "1 datapoint was greater than 0 (alarms on AWS/DynamoDB keep their state",
    ),
    "a composite of composites is raised": (
        lambda watched: [
            watched.compose("low", f'ALARM("{INDEX_WRITES}")'),
            watched.compose("middle", "ALARM(low)"),
            watched.compose("top", "NOT OK(middle)", state="ALARM"),
        ],
        {"MON-4": "FAIL"},
        "top",
    ),
}
GOOD = {
    "another alarm is muted": lambda watched: _mute(watched, "ACTIVE", "of others"),
    "warmed up": lambda watched: _warm_up(watched, 61),
    "a window that slides": lambda watched: watched.put(
        INDEX_WRITES, EvaluationWindow={"SlidingWindow": {}}
    ),
    "a composite of composites": lambda watched: _compose(
        watched,
        f'(ALARM("{INDEX_WRITES}") OR ALARM("{USER_ERRORS}"))',
        "ALARM('composite 0')",
        'NOT OK("composite 1") OR FALSE',
    ),
    "another statistic over a longer period": lambda watched: watched.put(
        INDEX_WRITES, Statistic="Maximum", Period=300
    ),
    "the own account named": lambda watched: [
        put_math(watched, "SUM(METRICS())"),
        [
            query.update(AccountId=watched.environment.account)
            for query in watched.alarm("any system error")["Metrics"]
        ],
    ],
    "a composite of others is raised": lambda watched: watched.compose(
        "others", 'ALARM("write")', state="ALARM"
    ),
    "a metric that CloudWatch has all the same": _published,
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_alarm_that_is_changed_is_judged(sit, what):
    """What keeps it from acting fails; what nobody understands is named."""
    change, differing, said = CHANGES[what]
    watched = RecordedMonitoring(sit)
    change(watched)
    judged = sit.judge(watched.answers, "MON-2", "MON-3", "MON-4")
    assert judged == differing
    assert any(said in reason for key in judged for reason in judged.reasons(key))


@pytest.mark.parametrize("what", GOOD)
def test_an_alarm_as_good_as_declared_passes(sit, what):
    """What watches and tells at least as much as declared is not flagged."""
    watched = RecordedMonitoring(sit)
    GOOD[what](watched)
    assert sit.judge(watched.answers, "MON-2", "MON-3", "MON-4") == {}
