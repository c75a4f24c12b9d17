"""A twin that is watched as declared, and the alarms of it that tests alter."""

import pytest

from tests.selftest.twins.monitoring_env import DYNAMODB, Watched, deploy_watched

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


def drop_operations(watched):
    """Delete the alarms on system errors of users."""
    watched.drop(*(f"{ERRORS}/{it}" for it in OPERATIONS))


def put_math(watched, expression):
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
    drop_operations(watched)
    gone = {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"}
    watched.cloudwatch.put_metric_alarm(
        **{key: it for key, it in put.items() if key not in gone}
        | {
            "AlarmName": "any system error",
            "Metrics": [*metrics, {"Id": "any", "Expression": expression}],
        }
    )


REGION = "the region"
