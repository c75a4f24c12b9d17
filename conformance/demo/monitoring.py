"""Deploys topics with subscribers, the declared alarms, the dashboard, cost alerts."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.monitoring import DeclaredAlarm, topic_arn
from conformance.demo.deployment import Deployment
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric, described

_THREADS = 4


def deploy_monitoring(deployment: Deployment, declared: Declared) -> None:
    """All of it, in every region by itself; cost alerts once."""
    regions = deployment.environment.regions
    for region in regions:
        topics = {
            name: _topic(deployment, region, role, name)
            for role, name in declared.monitoring.topics.items()
        }
        _deploy_alarms(deployment, declared, region, topics)
        _deploy_dashboard(deployment, declared, region)
    _confirm(deployment)
    _deploy_cost_alerts(deployment, declared)


def _topic(deployment: Deployment, region: str, role: str, name: str) -> str:
    """Make a topic with a subscriber, unless it is of another place; return its ARN."""
    account = deployment.environment.account
    arn = topic_arn(name, region, account)
    if arn.split(":")[3:5] != [region, account]:
        return arn
    sns = deployment.client("sns", region)
    sns.create_topic(Name=arn.rpartition(":")[2])
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=f"{role}@demo.internal")
    return arn


def _confirm(deployment: Deployment) -> None:
    """Confirm what waits for it, as the owners of the addresses would."""
    account = deployment.environment.account
    for waiting in deployment.shown("topics/pending")["pending"]:
        region, owner = waiting["TopicArn"].split(":")[3:5]
        if owner == account:
            deployment.client("sns", region).confirm_subscription(
                TopicArn=waiting["TopicArn"], Token=waiting["Token"]
            )


def _deploy_alarms(
    deployment: Deployment, declared: Declared, region: str, topics: dict[str, str]
) -> None:
    client = deployment.client("cloudwatch", region)
    wanted = [
        alarm(declared_alarm, label, metric, topics[declared_alarm.topic])
        for declared_alarm in declared.monitoring.alarms.values()
        for label, metric in declared_alarm.targets[region].items()
    ]
    with ThreadPoolExecutor(_THREADS) as threads:
        list(
            threads.map(
                lambda parameters: client.put_metric_alarm(**parameters), wanted
            )
        )


def alarm(
    declared: DeclaredAlarm, label: str, metric: Metric, topic: str
) -> dict[str, Any]:
    """One alarm as PutMetricAlarm takes it."""
    meaning = declared.meaning
    return {
        "AlarmName": f"{declared.kind} {label}",
        **described(metric),
        "Statistic": meaning.statistic,
        "Period": meaning.period_s,
        "EvaluationPeriods": meaning.datapoints,
        "DatapointsToAlarm": meaning.datapoints,
        "ComparisonOperator": meaning.comparison,
        "Threshold": meaning.threshold,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
    }


def _deploy_dashboard(deployment: Deployment, declared: Declared, region: str) -> None:
    deployment.client("cloudwatch", region).put_dashboard(
        DashboardName=declared.monitoring.dashboard,
        DashboardBody=json.dumps(dashboard(deployment, declared, region)),
    )


def dashboard(
    deployment: Deployment, declared: Declared, region: str
) -> dict[str, Any]:
    """Return the body of a dashboard with everything that is declared."""
    environment = deployment.environment
    tables = [environment.physical(name) for name in sorted(declared.tables)]
    return {"widgets": list(_widgets(declared, region, tables))}


def _widgets(
    declared: Declared, region: str, tables: list[str]
) -> Iterator[dict[str, Any]]:
    monitoring = declared.monitoring
    for widget in monitoring.widgets:
        properties: dict[str, Any] = {"title": widget.item.replace("_", " ")}
        if not widget.choices:
            status = "\n".join(f"* {table}" for table in tables)
            yield {"type": "text", "properties": {"markdown": f"Tables\n{status}"}}
            continue
        found = _shown(declared, region, widget.choices[0])
        if widget.per == "vault":
            vault = [("BackupVaultName", monitoring.vault)]
            found = [
                Metric(widget.namespace, name, frozenset(vault))
                for name in widget.choices[0]
            ]
        properties |= {"region": region, "metrics": [_row(metric) for metric in found]}
        yield {"type": "metric", "properties": properties}


def _shown(declared: Declared, region: str, names: tuple[str, ...]) -> list[Metric]:
    """Return the metrics of these names, with the dimensions that alarms watch."""
    metrics = [
        metric
        for declared_alarm in declared.monitoring.alarms.values()
        for metric in declared_alarm.targets[region].values()
    ]
    found = [metric for metric in metrics if metric.name in names]
    operations = [metric for metric in metrics if "Operation" in metric.where]
    return found or [
        Metric(DYNAMODB, name, operation.dimensions)
        for name in names
        for operation in operations
    ]


def _row(metric: Metric) -> list[str]:
    return [
        metric.namespace,
        metric.name,
        *(text for pair in sorted(metric.dimensions) for text in pair),
    ]


def _deploy_cost_alerts(deployment: Deployment, declared: Declared) -> None:
    """Make an anomaly monitor with a subscription, and a budget with a notification."""
    told = "finops@demo.internal"
    _deploy_anomaly_alert(deployment, declared, told)
    _deploy_budget(deployment, declared, told)


def _deploy_anomaly_alert(
    deployment: Deployment, declared: Declared, told: str
) -> None:
    costs = declared.costs
    explorer = deployment.client("ce", costs.region)
    monitor = explorer.create_anomaly_monitor(
        AnomalyMonitor={
            "MonitorName": "services",
            "MonitorType": "DIMENSIONAL",
            "MonitorDimension": "SERVICE",
        }
    )["MonitorArn"]
    explorer.create_anomaly_subscription(
        AnomalySubscription={
            "SubscriptionName": "finops",
            "MonitorArnList": [monitor],
            "Subscribers": [{"Type": "EMAIL", "Address": told}],
            "Frequency": "DAILY",
            "ThresholdExpression": {
                "Dimensions": {
                    "Key": "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
                    "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                    "Values": [f"{costs.alert_above:g}"],
                }
            },
        }
    )


def _deploy_budget(deployment: Deployment, declared: Declared, told: str) -> None:
    costs = declared.costs
    deployment.client("budgets", costs.region).create_budget(
        AccountId=deployment.environment.account,
        Budget={
            "BudgetName": "dynamodb-tables",
            "BudgetLimit": {"Amount": f"{costs.budget_usd:g}", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 100 + costs.alert_above,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": told}],
            }
        ],
    )
