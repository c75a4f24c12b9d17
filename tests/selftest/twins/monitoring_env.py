"""Alarms, topics and metrics of the tables, recorded or deployed, to be broken."""

import json
from datetime import UTC, datetime, timedelta

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo.deployment import Deployment
from conformance.demo.metric_history import deploy_past
from conformance.demo.monitoring import deploy_monitoring
from conformance.demo.tables import deploy_tables

DYNAMODB = "AWS/DynamoDB"
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


class RecordedMonitoring:
    """The recorded answers of CloudWatch and SNS about one region, to be changed."""

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
        """Return one alarm."""
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
    def attributes(self):
        """The attributes of the topic."""
        return self.answers["GetTopicAttributes", self.topic]["Attributes"]

    @property
    def subscribed(self):
        """The attributes of the subscription."""
        return self.answers["GetSubscriptionAttributes", self.topic]["Attributes"]

    @property
    def subscription(self):
        """The one subscription of the topic."""
        listed = self.answers["ListSubscriptionsByTopic", self.topic]["Subscriptions"]
        (subscription,) = listed
        return subscription

    def remove_topic(self):
        """Take the topic away."""
        for operation in ("GetTopicAttributes", "ListSubscriptionsByTopic"):
            self.answers.fail(operation, self.topic, code="NotFound")

    @property
    def dashboard(self):
        """The dashboard's body."""
        return json.loads(self.answers["GetDashboard", self.region]["DashboardBody"])

    @dashboard.setter
    def dashboard(self, body):
        answer = self.answers["GetDashboard", self.region]
        answer["DashboardBody"] = json.dumps(body)

    def record(self, metric, value, *, minutes=(180,), **dimensions):
        """Let CloudWatch have counted so much in each of these minutes ago."""
        wanted = sorted(dimensions.items())
        end = self.answers.now.replace(second=0, microsecond=0)
        results = [
            result
            for name, where, result in self._series
            if (name, where) == (metric, wanted)
        ]
        assert results, f"nobody asked for {metric} of {dimensions}"
        for result in results:
            counted = dict(zip(result["Timestamps"], result["Values"], strict=True))
            for minute in minutes:
                time = end - timedelta(minutes=minute)
                counted[time] = counted.get(time, 0) + value
            result |= {"Timestamps": [*counted], "Values": [*counted.values()]}

    def forget_use(self, table):
        """Let CloudWatch know nothing that the table and its indexes consumed."""
        for metric, where, result in self._series:
            if metric.startswith("Consumed") and ("TableName", table) in where:
                result |= {"Timestamps": [], "Values": []}

    @property
    def _series(self):
        """The metric, the dimensions and the datapoints of each query."""
        for request, answer in self.answers.items("GetMetricData", self.region):
            results = {result["Id"]: result for result in answer["MetricDataResults"]}
            for query in request["MetricDataQueries"]:
                asked = query["MetricStat"]["Metric"]
                # Dimensions is absent where the metric is of the whole account.
                where = sorted(
                    (pair["Name"], pair["Value"])
                    for pair in asked.get("Dimensions", ())
                )
                yield asked["MetricName"], where, results[query["Id"]]


def drop_operations(watched):
    """Delete the alarms on system errors of users."""
    watched.drop(*(f"{ERRORS}/{operation}" for operation in OPERATIONS))


def put_math(watched, expression):
    """Put one alarm on all system errors of users in the place of one each."""
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
        {name: value for name, value in put.items() if name not in gone}
        | {
            "AlarmName": "any system error",
            "Metrics": [
                *metrics,
                {"Id": "any", "Expression": expression, "ReturnData": True},
            ],
        }
    )


def deploy_watched(twin, document, *, past=True):
    """Deploy tables, their monitoring, and metrics of a day of use."""
    twin.contract.write_text(json.dumps(document), encoding="utf-8")
    environment = load_environment(str(twin.file))
    declared = load_declared(environment, twin.contract)
    deployment = Deployment(environment, twin.standin.endpoint)
    deploy_tables(deployment, declared)
    deploy_monitoring(deployment, declared)
    if past:
        deploy_past(deployment, declared)


class DeployedMonitoring:
    """The alarms, topic and metrics of a deployed twin in one region."""

    def __init__(self, twin, region="eu-west-1"):
        """Speak to the twin's account in one region."""
        self.cloudwatch = twin.client("cloudwatch", region)
        self.sns = twin.client("sns", region)
        self.kms = twin.client("kms", region)
        self.users = twin.table("users")
        topic = f"dynamodb-schemas-{twin.account}-devops"
        self.topic = f"arn:aws:sns:{region}:{twin.account}:{topic}"
        self.dashboard = f"dynamodb-schemas-{twin.account}-dashboard"

    def alarm(self, name):
        """Return one alarm as PutMetricAlarm takes it."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        taken = self.cloudwatch.meta.service_model.operation_model("PutMetricAlarm")
        members = found.keys() & taken.input_shape.members.keys()
        return {member: found[member] for member in members}

    def put(self, name, **members):
        """Put an alarm again with other members."""
        self.add(self.alarm(name) | members)

    def add(self, alarm):
        """Put an alarm."""
        self.cloudwatch.put_metric_alarm(**alarm)

    def drop(self, *names):
        """Delete alarms."""
        self.cloudwatch.delete_alarms(AlarmNames=list(names))

    def subscribe(self, address):
        """Subscribe an address, to be confirmed, in place of what is subscribed."""
        listed = self.sns.list_subscriptions_by_topic(TopicArn=self.topic)
        for subscription in listed["Subscriptions"]:
            self.sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint=address)

    def encrypt(self):
        """Encrypt the topic with a key that admits its own account alone."""
        key = self.kms.create_key()["KeyMetadata"]["KeyId"]
        self.sns.set_topic_attributes(
            TopicArn=self.topic, AttributeName="KmsMasterKeyId", AttributeValue=key
        )

    def mute(self, *alarms):
        """Mute alarms for the hour that has begun a minute ago."""
        begin = datetime.now(UTC) - timedelta(minutes=1)
        self.cloudwatch.put_alarm_mute_rule(
            Name="holidays",
            Rule={
                "Schedule": {
                    "Expression": f"at({begin:%Y-%m-%dT%H:%M})",
                    "Duration": "PT1H",
                }
            },
            MuteTargets={"AlarmNames": list(alarms)},
        )

    def record(self, metric, value, **dimensions):
        """Let CloudWatch have counted so much three hours ago."""
        counted = {
            "MetricName": metric,
            "Timestamp": datetime.now(UTC) - timedelta(hours=3),
            "Value": value,
            "Unit": "Count",
            "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
        }
        self.cloudwatch.put_metric_data(Namespace=DYNAMODB, MetricData=[counted])
