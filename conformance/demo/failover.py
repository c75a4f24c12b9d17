"""Deploys the failover records of Route 53 and the health checks behind them."""

from typing import Any
from uuid import uuid4

from conformance.config.declared import Declared
from conformance.demo.deployment import Deployment


def deploy_failover(deployment: Deployment, declared: Declared) -> None:
    """Make a zone with a record and a health check for each of two regions."""
    regions = deployment.environment.regions
    if len(regions) == 1:
        return
    failover = declared.failover
    client = deployment.client("route53", regions[0])
    zone = client.create_hosted_zone(Name=failover.zone, CallerReference=_reference())
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": failover.record,
                "Type": failover.type,
                "SetIdentifier": role.lower(),
                "Failover": role,
                "TTL": 60,
                "ResourceRecords": [{"Value": host}],
                "HealthCheckId": _health_check(client, host),
            },
        }
        for role, host in failover.records(regions).items()
    ]
    client.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": changes}
    )


def _health_check(client: Any, host: str) -> str:
    config = {
        "Type": "HTTPS",
        "FullyQualifiedDomainName": host,
        "Port": 443,
        "ResourcePath": "/health",
        "RequestInterval": 30,
        "FailureThreshold": 3,
    }
    made = client.create_health_check(
        CallerReference=_reference(), HealthCheckConfig=config
    )
    return str(made["HealthCheck"]["Id"])


def _reference() -> str:
    return uuid4().hex
