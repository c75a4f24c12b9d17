"""Monitoring that is wrong in one way fails at its criterion, and there alone."""

import pytest

from tests.selftest.twins import contract
from tests.selftest.watched import DYNAMODB, Watched, deploy_watched

ERRORS = "system_errors users"
OPERATIONS = [
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "TransactWriteItems",
    "UpdateItem",
]
USER_ERRORS = "user_errors account and region"
INDEX_WRITES = "write_throttle_events users/UsersByEmail"


@pytest.fixture
def watched(twin, two_tables):
    """A twin in one region that is watched as declared."""
    deploy_watched(twin, two_tables)
    return Watched(twin)


def _drop_operations(watched):
    watched.drop(*(f"{ERRORS}/{it}" for it in OPERATIONS))


def _errors_by_table_alone(watched):
    put = watched.alarm(f"{ERRORS}/GetItem")
    _drop_operations(watched)
    only = {"Name": "TableName", "Value": watched.users}
    watched.cloudwatch.put_metric_alarm(
        **put | {"AlarmName": "system errors", "Dimensions": [only]}
    )


def _user_errors_by_table(watched):
    only = {"Name": "TableName", "Value": watched.users}
    watched.put(USER_ERRORS, Dimensions=[only])


def _math(watched, expression):
    """One alarm on all system errors of users, in place of one each."""
    put = watched.alarm(f"{ERRORS}/GetItem")
    metrics = [
        {
            "Id": f"m{n}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": DYNAMODB,
                    "MetricName": "SystemErrors",
                    "Dimensions": [
                        {"Name": "TableName", "Value": watched.users},
                        {"Name": "Operation", "Value": operation},
                    ],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for n, operation in enumerate(OPERATIONS)
    ]
    _drop_operations(watched)
    gone = {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"}
    watched.cloudwatch.put_metric_alarm(
        **{key: it for key, it in put.items() if key not in gone}
        | {
            "AlarmName": "any system error",
            "Metrics": [*metrics, {"Id": "any", "Expression": expression}],
        }
    )


def _without_users_in(body, *titles):
    """The dashboard's body without the rows of users in these widgets."""
    for widget in body["widgets"]:
        properties = widget["properties"]
        if properties.get("title") in titles:
            rows = properties["metrics"]
            properties["metrics"] = [it for it in rows if "users" not in str(it)]
    return body


def _dashboard_without_users(watched):
    watched.dashboard = _without_users_in(watched.dashboard, "consumed capacity units")


def _dashboard_without_status_of_users(watched):
    body = watched.dashboard
    for widget in body["widgets"]:
        if widget["type"] == "text":
            widget["properties"]["markdown"] = watched.twin.table("campaigns")
    watched.dashboard = body


def _dashboard_without_user_errors(watched):
    body = watched.dashboard
    kept = [it for it in body["widgets"] if "UserErrors" not in str(it)]
    watched.dashboard = body | {"widgets": kept}


def _dashboard_of_another_region(watched):
    body = watched.dashboard
    for widget in body["widgets"]:
        if "UserErrors" in str(widget):
            widget["properties"]["region"] = "af-south-1"
    watched.dashboard = body


def _dashboard_of_what_is_never_published(watched):
    body = watched.dashboard
    for widget in body["widgets"]:
        if widget["properties"].get("title") == "system errors":
            tables = map(watched.twin.table, ("campaigns", "users"))
            widget["properties"]["metrics"] = [
                [DYNAMODB, "SystemErrors", "TableName", table] for table in tables
            ]
    watched.dashboard = body


def _raise(watched):
    watched.cloudwatch.set_alarm_state(
        AlarmName=INDEX_WRITES, StateValue="ALARM", StateReason="a drill"
    )


def _raise_composite(watched):
    watched.cloudwatch.put_composite_alarm(
        AlarmName="anything", AlarmRule=f'NOT ALARM("{INDEX_WRITES}")'
    )
    watched.twin.standin.control("alarms/evaluate", {})


def _placeholder(watched):
    watched.subscribe("someone@example.com")
    watched.confirm()


def _index(watched):
    return {
        "TableName": watched.users,
        "GlobalSecondaryIndexName": "UsersByEmail",
    }


WATCHES = [
    "consumed_capacity",
    "read_throttle_events",
    "system_errors",
    "write_throttle_events",
]
ALL_TOLD = {("MON-3", it) for it in ("user_errors", "backup_failures")}
ALL_TOLD |= {
    ("MON-3", f"{table}/{it}") for table in ("campaigns", "users") for it in WATCHES
}
REGION = "the region"

# How it is broken; what FAILs; what is NOT_ASSESSED; what one of them says.
BROKEN = {
    "average": (
        lambda it: it.put(INDEX_WRITES, Statistic="Average"),
        {("MON-2", "users/write_throttle_events")},
        set(),
        "Average instead of Sum",
    ),
    "threshold looser": (
        lambda it: it.put(USER_ERRORS, Threshold=20),
        {("MON-2", "user_errors")},
        set(),
        "threshold 20, looser than 10",
    ),
    "threshold at the limit, and inclusive": (
        lambda it: it.put(
            USER_ERRORS,
            Threshold=12,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        ),
        {("MON-2", "user_errors")},
        set(),
        "threshold 12, looser than 10",
    ),
    "longer period": (
        lambda it: it.put(USER_ERRORS, Period=300),
        {("MON-2", "user_errors")},
        set(),
        "period 300 s instead of 60 s",
    ),
    "three periods": (
        lambda it: it.put(USER_ERRORS, EvaluationPeriods=3, DatapointsToAlarm=None),
        {("MON-2", "user_errors")},
        set(),
        "3 breaching periods, not 1",
    ),
    "the other way round": (
        lambda it: it.put(USER_ERRORS, ComparisonOperator="LessThanThreshold"),
        {("MON-2", "user_errors")},
        set(),
        "LessThanThreshold",
    ),
    "an alarm missing for one index": (
        lambda it: it.drop(INDEX_WRITES),
        {("MON-2", "users/write_throttle_events")},
        {("MON-3", "users/write_throttle_events")},
        "users/UsersByEmail: no alarm",
    ),
    "system errors without operation": (
        _errors_by_table_alone,
        {("MON-2", "users/system_errors"), ("MON-2", REGION)},
        {("MON-3", "users/system_errors")},
        "SystemErrors is never published by TableName, only by ",
    ),
    "user errors of a table": (
        _user_errors_by_table,
        {("MON-2", "user_errors"), ("MON-2", REGION)},
        {("MON-3", "user_errors")},
        "UserErrors is never published by TableName, only by the whole account",
    ),
    "a unit that never comes": (
        lambda it: it.put(USER_ERRORS, Unit="Percent"),
        {("MON-2", "user_errors"), ("MON-2", REGION)},
        set(),
        "UserErrors is published in Count, never in Percent",
    ),
    "a plain sum": (
        lambda it: _math(it, "m0 + m1 + m2 + m3 + m4 + m5"),
        set(),
        {("MON-2", "users/system_errors"), ("MON-3", "users/system_errors")},
        "not understood: any system error (m0 + m1 + m2 + m3 + m4 + m5)",
    ),
    "actions disabled": (
        lambda it: it.cloudwatch.disable_alarm_actions(AlarmNames=[INDEX_WRITES]),
        {("MON-3", "users/write_throttle_events")},
        set(),
        "actions disabled",
    ),
    "no action": (
        lambda it: it.put(INDEX_WRITES, AlarmActions=[]),
        {("MON-3", "users/write_throttle_events")},
        set(),
        "no action",
    ),
    "another topic": (
        lambda it: it.put(INDEX_WRITES, AlarmActions=[f"{it.topic}-old"]),
        {("MON-3", "users/write_throttle_events")},
        set(),
        "-devops-old, not on ",
    ),
    "topic missing": (
        lambda it: it.sns.delete_topic(TopicArn=it.topic),
        ALL_TOLD,
        set(),
        "no topic dynamodb-schemas-",
    ),
    "subscription pending": (
        lambda it: it.subscribe("devops@bbws.internal"),
        ALL_TOLD,
        set(),
        "1 subscribed, none confirmed",
    ),
    "placeholder": (_placeholder, ALL_TOLD, set(), "someone@example.com"),
    "an alarm is raised": (
        _raise,
        {("MON-4", REGION)},
        set(),
        INDEX_WRITES,
    ),
    "a composite alarm is raised": (
        _raise_composite,
        {("MON-4", REGION)},
        set(),
        "anything",
    ),
    "dashboard without a table": (
        _dashboard_without_users,
        {("MON-5", REGION)},
        set(),
        "consumed_capacity_units: without users-",
    ),
    "dashboard without a table's status": (
        _dashboard_without_status_of_users,
        {("MON-5", REGION)},
        set(),
        "table_status: without users-",
    ),
    "dashboard without a widget": (
        _dashboard_without_user_errors,
        {("MON-5", REGION)},
        set(),
        "user_errors: without UserErrors",
    ),
    "dashboard of another region": (
        _dashboard_of_another_region,
        {("MON-5", REGION)},
        set(),
        "user_errors: without UserErrors",
    ),
    "dashboard of what is never published": (
        _dashboard_of_what_is_never_published,
        {("MON-5", REGION)},
        set(),
        "system_errors: without campaigns-",
    ),
    "one write of an index was throttled": (
        lambda it: it.record("WriteThrottleEvents", 1, **_index(it)),
        {("MON-6", "users/write_throttle_events")},
        set(),
        "up to 1 in 1 periods",
    ),
    "11 user errors in a minute": (
        lambda it: it.record("UserErrors", 11),
        {("MON-6", "user_errors")},
        set(),
        "up to 11 in 1 periods",
    ),
    "errors of an operation that no alarm watches": (
        lambda it: it.record("SystemErrors", 2, TableName=it.users, Operation="Scan"),
        {("MON-6", "users/system_errors")},
        set(),
        "users/Scan",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_fails_alone(watched, what):
    """One deviation fails one criterion; what rests on it is not assessed."""
    alter, fails, not_assessed, said = BROKEN[what]
    alter(watched)
    result = watched.twin.judge("MON")
    named = {REGION: watched.twin.file.stem}
    assert result.found("FAIL") == {(it, named.get(n, n)) for it, n in fails}
    assert result.found("ERROR") == set()
    assert result.found("NOT_ASSESSED") == not_assessed
    findings = [it for it in result.run["findings"] if it["outcome"] != "PASS"]
    assert any(said in it["reason"] for it in findings)


def _no_harm(watched):
    """What is another way to the same, or stricter, or nobody's business."""
    _math(watched, "SUM(METRICS())")
    watched.put(USER_ERRORS, Threshold=5)
    watched.put(
        f"{INDEX_WRITES}",
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[],
    )
    watched.cloudwatch.put_composite_alarm(
        AlarmName="writes",
        AlarmRule=f'ALARM("{INDEX_WRITES}")',
        AlarmActions=[watched.topic],
    )
    watched.record("UserErrors", 10)


def test_other_ways_to_the_same_pass(watched):
    """Metric math, composite alarms and stricter thresholds are understood."""
    _no_harm(watched)
    result = watched.twin.judge("MON")
    assert {it["outcome"] for it in result.run["findings"]} == {"PASS"}


def test_without_alarms_nothing_is_quiet(watched):
    """Where no alarm is there, none in ALARM proves nothing."""
    listed = watched.cloudwatch.get_paginator("describe_alarms").paginate()
    names = [it["AlarmName"] for it in listed.build_full_result()["MetricAlarms"]]
    watched.drop(*names)
    result = watched.twin.judge("MON-4")
    assert result.found("NOT_ASSESSED") == {("MON-4", watched.twin.file.stem)}


def test_no_dashboard_fails_once(watched):
    """A missing dashboard fails; what it would show is not assessed."""
    name = f"dynamodb-schemas-{watched.twin.account}-dashboard"
    watched.cloudwatch.delete_dashboards(DashboardNames=[name])
    result = watched.twin.judge("MON-5")
    (failed,) = result.reasons("MON-5", "FAIL")
    assert "MISSING" in failed
    assert result.reasons("MON-5", "NOT_ASSESSED") == {"dashboard missing (MON-5)"}


def _replication(region, **members):
    """Alter the replication alarm of one region of prod."""
    other = {"af-south-1": "eu-west-1", "eu-west-1": "af-south-1"}[region]

    def alter(twin):
        Watched(twin, region).put(f"replication_lag users to {other}", **members)
        twin.standin.control("alarms/evaluate", {})

    return alter


BROKEN_IN_PROD = {
    "sum instead of maximum": (
        _replication("eu-west-1", Statistic="Sum"),
        {
            ("MON-2", "users/replication_lag", "eu-west-1"),
            ("MON-4", REGION, "eu-west-1"),  # sums of milliseconds raise it
        },
        "Sum instead of Maximum",
    ),
    "without receiving region": (
        lambda twin: _replication(
            "af-south-1",
            Dimensions=[{"Name": "TableName", "Value": twin.table("users")}],
        )(twin),
        {
            ("MON-2", "users/replication_lag", "af-south-1"),
            ("MON-2", REGION, "af-south-1"),
        },
        "ReplicationLatency is never published by TableName, only by ReceivingRegion",
    ),
    "topic missing in one region": (
        lambda twin: Watched(twin, "eu-west-1").sns.delete_topic(
            TopicArn=Watched(twin, "eu-west-1").topic
        ),
        None,
        "no topic",
    ),
}


@pytest.mark.parametrize("what", BROKEN_IN_PROD)
def test_a_region_is_judged_by_itself(twin, what):
    """What is wrong in one region says nothing about the other."""
    alter, fails, said = BROKEN_IN_PROD[what]
    twin.regions = ("af-south-1", "eu-west-1")
    twin.write(judged_as="prod")
    deploy_watched(twin, contract("users"))
    alter(twin)
    result = twin.judge("MON")
    findings = [it for it in result.run["findings"] if it["outcome"] == "FAIL"]
    found = {(it["criterion"], it["subject"], it["region"]) for it in findings}
    if fails is None:
        assert {(name, where) for name, _, where in found} == {("MON-3", "eu-west-1")}
    else:
        name = {REGION: twin.file.stem}
        assert found == {(it, name.get(n, n), where) for it, n, where in fails}
    assert any(said in it["reason"] for it in findings)
    assert result.found("ERROR") == set()


DENIED = {
    "DescribeAlarms": {"MON-2", "MON-3", "MON-4"},
    "GetTopicAttributes": {"MON-3"},
    "ListSubscriptionsByTopic": {"MON-3"},
    "ListMetrics": {"MON-1", "MON-6"},
    "GetMetricData": {"MON-6"},
    "GetDashboard": {"MON-5"},
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_is_denied_is_an_error_of_what_rests_on_it(watched, operation):
    """A denied read is an ERROR of its criteria, and touches no other."""
    watched.twin.fault(operation=operation, code="AccessDeniedException", status=403)
    result = watched.twin.judge("MON")
    assert {criterion for criterion, _ in result.found("ERROR")} == DENIED[operation]
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()


class TestIdle:
    """Tables that nobody has used."""

    @pytest.fixture
    def idle(self, twin, two_tables):
        """A twin without a past."""
        deploy_watched(twin, two_tables, past=False)
        return Watched(twin)

    @pytest.fixture
    def uncounted(self, aws):
        """CloudWatch does not see traffic."""
        aws.control("settings", {"metrics": {"counting": False}})
        yield
        aws.control("settings", {"metrics": {"counting": True}})

    def test_idle_tables_prove_nothing(self, idle):
        """Without traffic, and without leave to make some, nothing is known."""
        idle.twin.write(allows=["read"])
        result = idle.twin.judge("MON-1")
        assert {n for n, _ in result.found("NOT_ASSESSED")} == {"MON-1"}
        (reason,) = result.reasons("MON-1", "NOT_ASSESSED")
        assert "non-zero" in reason
        assert 'adds "data" to allows' in reason

    def test_traffic_of_our_own_shows(self, idle):
        """One item that is written and read makes the metrics appear."""
        result = idle.twin.judge("MON-1")
        assert {it["outcome"] for it in result.run["findings"]} == {"PASS"}

    @pytest.mark.usefixtures("uncounted")
    def test_traffic_that_leaves_no_metric_fails(self, idle):
        """Metrics that do not appear in time are a FAIL."""
        idle.twin.write(more="[targets]\nmetrics_delay_s = 0.1")
        result = idle.twin.judge("MON-1")
        assert result.found("FAIL") == {("MON-1", "campaigns"), ("MON-1", "users")}

    @pytest.mark.usefixtures("uncounted")
    def test_one_metric_that_lacks_fails(self, idle):
        """Consumed capacity without latency is not what is available elsewhere."""
        for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"):
            for table in ("campaigns", "users"):
                idle.record(name, 5, TableName=idle.twin.table(table))
        idle.record(
            "SuccessfulRequestLatency",
            5,
            TableName=idle.twin.table("campaigns"),
            Operation="Query",
        )
        idle.twin.write(more="[targets]\nmetrics_delay_s = 0.1")
        result = idle.twin.judge("MON-1")
        assert result.found("FAIL") == {("MON-1", "users")}
