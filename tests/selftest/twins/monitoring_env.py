"""Twins of which only what is watched, and what watches, is deployed."""

import json
from datetime import UTC, datetime, timedelta

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo.deployment import Deployment
from conformance.demo.monitoring import deploy_monitoring
from conformance.demo.past import deploy_past
from conformance.demo.tables import deploy_tables

DYNAMODB = "AWS/DynamoDB"
_A_CALL = 25
"""Datapoints: boto3 compresses longer requests, which the stand-in cannot read."""


def deploy_watched(twin, document, *, past=True):
    """Deploy tables, what watches them, and what they have been used for."""
    twin.contract.write_text(json.dumps(document), encoding="utf-8")
    environment = load_environment(str(twin.file))
    declared = load_declared(environment, twin.contract)
    deployment = Deployment(environment, twin.standin.endpoint)
    deploy_tables(deployment, declared)
    deploy_monitoring(deployment, declared)
    if past:
        deploy_past(deployment, declared)


class Watched:
    """A twin with its alarms, to be broken."""

    def __init__(self, twin, region="eu-west-1"):
        """Speak to the twin's account in one region."""
        self.twin = twin
        self.region = region
        self.cloudwatch = twin.client("cloudwatch", region)
        self.sns = twin.client("sns", region)
        self.users = twin.table("users")
        topic = f"dynamodb-schemas-{twin.account}-devops"
        self.topic = f"arn:aws:sns:{region}:{twin.account}:{topic}"

    def alarm(self, name):
        """One alarm as PutMetricAlarm takes it."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        taken = self.cloudwatch.meta.service_model.operation_model("PutMetricAlarm")
        members = taken.input_shape.members
        return {key: value for key, value in found.items() if key in members}

    def put(self, name, **members):
        """Put an alarm again with other members; None takes one away."""
        altered = self.alarm(name) | members
        kept = {key: value for key, value in altered.items() if value is not None}
        self.cloudwatch.put_metric_alarm(**kept)

    def drop(self, *names):
        """Delete alarms."""
        self.cloudwatch.delete_alarms(AlarmNames=list(names))

    def subscribe(self, address):
        """Subscribe an address in place of the one that is subscribed."""
        listed = self.sns.list_subscriptions_by_topic(TopicArn=self.topic)
        for it in listed["Subscriptions"]:
            self.sns.unsubscribe(SubscriptionArn=it["SubscriptionArn"])
        self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint=address)

    def confirm(self):
        """Confirm what waits."""
        for it in self.twin.standin.control("topics/pending")["pending"]:
            if it["TopicArn"] == self.topic:
                self.sns.confirm_subscription(TopicArn=self.topic, Token=it["Token"])

    @property
    def dashboard(self):
        """The dashboard's body."""
        name = f"dynamodb-schemas-{self.twin.account}-dashboard"
        answer = self.cloudwatch.get_dashboard(DashboardName=name)
        return json.loads(answer["DashboardBody"])

    @dashboard.setter
    def dashboard(self, body):
        self.cloudwatch.put_dashboard(
            DashboardName=f"dynamodb-schemas-{self.twin.account}-dashboard",
            DashboardBody=json.dumps(body),
        )

    def record(self, metric, value, *, minutes=(180,), **dimensions):
        """Let CloudWatch have counted so much in each of these minutes ago."""
        now = datetime.now(UTC)
        data = [
            {
                "MetricName": metric,
                "Timestamp": now - timedelta(minutes=minute),
                "Value": value,
                "Unit": "Count",
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
            }
            for minute in minutes
        ]
        for first in range(0, len(data), _A_CALL):
            self.cloudwatch.put_metric_data(
                Namespace=DYNAMODB, MetricData=data[first : first + _A_CALL]
            )
