"""Clients that deploy one environment to loopback, and nothing anywhere else."""

import json
import threading
from dataclasses import replace
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import boto3
from botocore.config import Config

from conformance.config.environment import Environment, is_loopback
from conformance.model.errors import BadInputError

_PATIENCE_S = 30


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
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._session = boto3.Session(
            aws_access_key_id=environment.account,
            aws_secret_access_key="no-secret-on-loopback",  # noqa: S106 -- it is none
        )

    def elsewhere(self, account: str) -> "Deployment":
        """Return a deployment to the same endpoint in another account."""
        return Deployment(replace(self.environment, account=account), self._endpoint)

    def client(self, service: str, region: str) -> Any:
        """Return a client for the stand-in, made once as that is slow."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint,
                    config=Config(proxies={}),
                )
            return self._clients[service, region]

    def control(self, path: str, **wanted: Any) -> None:
        """Steer the stand-in through its control API: what no API can bring about."""
        request = Request(  # noqa: S310 -- loopback, as seen to above
            f"{self._endpoint}/_standin/{path}", json.dumps(wanted).encode()
        )
        opener = build_opener(ProxyHandler({}))
        with opener.open(request, timeout=_PATIENCE_S) as answer:
            answer.read()

    def shown(self, path: str) -> dict[str, Any]:
        """Return what the stand-in's control API shows."""
        opener = build_opener(ProxyHandler({}))
        url = f"{self._endpoint}/_standin/{path}"
        with opener.open(url, timeout=_PATIENCE_S) as answer:
            return dict(json.load(answer))
