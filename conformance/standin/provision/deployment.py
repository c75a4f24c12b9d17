"""Clients that deploy one environment to loopback, and nothing anywhere else."""

from typing import Any

import boto3
from botocore.config import Config

from conformance.environment import Environment, is_loopback
from conformance.errors import BadInputError


class Deployment:
    """Clients for one environment at a loopback endpoint, and for nothing else."""

    def __init__(self, environment: Environment, endpoint: str) -> None:
        """Act as the environment's account.

        Raises:
            BadInputError: the endpoint is not on this machine.
        """
        if not is_loopback(endpoint):
            raise BadInputError(
                f"provisioning refused: {endpoint} is not on loopback. The suite "
                "deploys to its own stand-in only."
            )
        self.environment = environment
        self._endpoint = endpoint
        self._session = boto3.Session(
            aws_access_key_id=environment.account,
            aws_secret_access_key="no-secret-on-loopback",  # noqa: S106 -- it is none
        )

    def client(self, service: str, region: str) -> Any:
        """A boto3 client for the stand-in."""
        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self._endpoint,
            config=Config(proxies={}),
        )
