"""Gives tables a past: an environment that is judged has been in use for a day."""

from conformance.config.declared import Declared
from conformance.demo.deployment import Deployment

HOURS = 25


def deploy_past(deployment: Deployment, declared: Declared) -> None:
    """Metrics of every table, in every region by itself."""
    environment = deployment.environment
    for region in environment.regions:
        for table in declared.tables.values():
            deployment.control(
                "metrics/past",
                account=environment.account,
                region=region,
                table=environment.physical(table.name),
                hours=HOURS,
                indexes=sorted(table.indexes),
                receiving=[other for other in environment.regions if other != region],
            )
