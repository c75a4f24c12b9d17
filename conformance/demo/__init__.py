"""Builds a conforming environment at a loopback endpoint, as a deployment would.

Uses boto3 alone: the environment is made through the same public API that the checks
read, so that both can be wrong only in different ways.
"""

from botocore.exceptions import BotoCoreError, ClientError

from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.demo.backups import deploy_backups, deploy_destination
from conformance.demo.deployment import Deployment
from conformance.demo.failover import deploy_failover
from conformance.demo.metric_history import deploy_past
from conformance.demo.monitoring import deploy_monitoring
from conformance.demo.security import deploy_security
from conformance.demo.services import deploy_services
from conformance.demo.tables import deploy_tables
from conformance.model.errors import BadInputError


def provision(environment: Environment, declared: Declared, endpoint: str) -> None:
    """Deploy everything that was declared.

    Raises:
        BadInputError: the endpoint is not on this machine, or refuses what is declared.
    """
    deployment = Deployment(environment, endpoint)
    try:
        _deploy(deployment, declared)
    except (BotoCoreError, ClientError) as refusal:
        raise BadInputError(
            f"{environment.source}: what is declared cannot be deployed: {refusal}"
        ) from refusal


def _deploy(deployment: Deployment, declared: Declared) -> None:
    deploy_tables(deployment, declared)
    deploy_security(deployment, declared)
    deploy_services(deployment, declared)
    deploy_backups(deployment, declared)
    deploy_destination(deployment, declared)
    deploy_past(deployment, declared)
    deploy_failover(deployment, declared)
    deploy_monitoring(deployment, declared)


__all__ = ["Deployment", "provision"]
