"""The recorded alarms, topic and dashboard of an environment, to be altered."""

import json
from datetime import timedelta

from tests.selftest.twins.monitoring_env import DYNAMODB

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


class RecordedAlarms:
    """What CloudWatch and SNS answer about an environment in one region."""

    def __init__(self, environment, region="eu-west-1"):
        """Copy the answers of the conforming environment."""
        self.answers = environment.answers()
        self.environment = environment
        self.region = region
        self.users = environment.table("users")
        topic = f"dynamodb-schemas-{environment.account}-devops"
        self.topic = f"arn:aws:sns:{region}:{environment.account}:{topic}"

    @property
    def listed(self):
        """The alarms of metrics, as DescribeAlarms lists them."""
        return self.answers["DescribeAlarms", self.region]["MetricAlarms"]

    def alarm(self, name):
        """One alarm."""
        (found,) = [alarm for alarm in self.listed if alarm["AlarmName"] == name]
        return found

    def put(self, name, **members):
        """Give an alarm other members; None takes one away."""
        alarm = self.alarm(name)
        for member, value in members.items():
            alarm[member] = value
            if value is None:
                del alarm[member]

    def add(self, alarm):
        """Add an alarm."""
        arn = f"{self.listed[0]['AlarmArn'].rpartition(':')[0]}:{alarm['AlarmName']}"
        self.listed.append(alarm | {"AlarmArn": arn})

    def drop(self, *names):
        """Take alarms away."""
        self.listed[:] = [
            alarm for alarm in self.listed if alarm["AlarmName"] not in names
        ]

    def compose(self, name, rule, state="OK", actions=()):
        """Add a composite alarm."""
        composed = self.answers["DescribeAlarms", self.region]["CompositeAlarms"]
        arn = f"{self.listed[0]['AlarmArn'].rpartition(':')[0]}:{name}"
        composed.append(
            {
                "AlarmName": name,
                "AlarmArn": arn,
                "AlarmRule": rule,
                "StateValue": state,
                "ActionsEnabled": True,
                "AlarmActions": list(actions),
            }
        )

    @property
    def subscription(self):
        """The one subscription of the topic."""
        listed = self.answers["ListSubscriptionsByTopic", self.topic]["Subscriptions"]
        (subscription,) = listed
        return subscription

    @property
    def dashboard(self):
        """The dashboard's body."""
        return json.loads(self.answers["GetDashboard", self.region]["DashboardBody"])

    @dashboard.setter
    def dashboard(self, body):
        answer = self.answers["GetDashboard", self.region]
        answer["DashboardBody"] = json.dumps(body)

    def record(self, metric, value, **dimensions):
        """Let CloudWatch have counted so much in a minute three hours ago."""
        wanted = [{"Name": n, "Value": v} for n, v in sorted(dimensions.items())]
        time = self.answers.now.replace(second=0, microsecond=0) - timedelta(hours=3)
        count = 0
        for request, answer in self.answers.items("GetMetricData", self.region):
            for query in request["MetricDataQueries"]:
                asked = query["MetricStat"]["Metric"]
                known = sorted(asked.get("Dimensions", ()), key=lambda it: it["Name"])
                if (asked["MetricName"], known) == (metric, wanted):
                    results = answer["MetricDataResults"]
                    (result,) = [
                        result for result in results if result["Id"] == query["Id"]
                    ]
                    result["Timestamps"].append(time)
                    result["Values"].append(value)
                    count += 1
        assert count, f"nobody asked for {metric} of {dimensions}"


def drop_operations(watched):
    """Delete the alarms on system errors of users."""
    watched.drop(*(f"{ERRORS}/{operation}" for operation in OPERATIONS))


def put_math(watched, expression):
    """One alarm on all system errors of users, in place of one each."""
    put = dict(watched.alarm(f"{ERRORS}/GetItem"))
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
    watched.add(
        {key: value for key, value in put.items() if key not in gone}
        | {
            "AlarmName": "any system error",
            "Metrics": [
                *metrics,
                {"Id": "any", "Expression": expression, "ReturnData": True},
            ],
        }
    )
