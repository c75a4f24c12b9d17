"""Twins of which only what is watched, and what watches, is deployed."""

import json
from datetime import UTC, datetime, timedelta

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo.deployment import Deployment
from conformance.demo.metric_history import deploy_past
from conformance.demo.monitoring import deploy_monitoring
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
    """The metrics of a twin, to be added to."""

    def __init__(self, twin, region="eu-west-1"):
        """Speak to the twin's account in one region."""
        self.twin = twin
        self.region = region
        self.cloudwatch = twin.client("cloudwatch", region)
        self.users = twin.table("users")

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
