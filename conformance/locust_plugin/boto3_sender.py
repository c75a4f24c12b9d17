"""The sender of a load by boto3, to cross-check the engine at a small rate."""

import json
import time
from typing import Any

import gevent
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from conformance.load.answers import OK, Answer
from conformance.load.arrivals import RequestSource
from conformance.load.in_flight import InFlight
from conformance.load.measurements import Meter
from conformance.load.request_bodies import Request
from conformance.load.transport import clock
from conformance.locust_plugin.preflight import LoadTarget

_TICK_S = 0.001


class SdkSender:
    """An open model: a greenlet for each request that is due."""

    def __init__(self, target: LoadTarget) -> None:
        """Make a client that repeats nothing."""
        endpoint = target.endpoint
        keys = target.credentials()
        self.stopping = False
        self._problem: Exception | None = None
        self._version = time.time_ns() // 1000
        self._client = target.session.clients.session.client(
            "dynamodb",
            region_name=endpoint.region,
            endpoint_url=endpoint.url,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token or None,
            config=Config(
                retries={"total_max_attempts": 1},
                max_pool_connections=endpoint.connections,
                connect_timeout=endpoint.timeout_ms / 1000,
                read_timeout=endpoint.timeout_ms / 1000,
                proxies={},
            ),
        )

    def run(self, source: RequestSource, meter: Meter) -> None:
        """Send everything that becomes due, until the source has ended."""
        self._problem = None
        try:
            self._run(source, meter)
        finally:
            meter.settle()

    def _run(self, source: RequestSource, meter: Meter) -> None:
        running: set[Any] = set()
        while True:
            if self._problem:
                raise self._problem
            now = clock()
            if not self.stopping:
                for due, request in source.take(now):
                    in_flight = InFlight(request, due, now)
                    greenlet = gevent.spawn(self._send, in_flight, meter)
                    running.add(greenlet)
                    greenlet.link(running.discard)
            meter.settle(now)
            if (self.stopping or source.ended) and not running:
                return
            gevent.sleep(max(_TICK_S, min(source.next_due() - clock(), 0.05)))

    def ask(self, request: Request) -> Answer:
        """Send one request now, and wait for its answer."""
        self._version += 1
        parameters = json.loads(request.body(self._version))
        try:
            answer = self._client._make_api_call(request.kind.api, parameters)  # noqa: SLF001 -- by the operation's own name
        except ClientError as problem:
            return _refusal(problem)
        except BotoCoreError as problem:
            return Answer(0, str(problem).encode(), type(problem).__name__)
        content = {key: answer[key] for key in answer if key != "ResponseMetadata"}
        body = json.dumps(content, default=str, separators=(",", ":"))
        return Answer(OK, body.encode())

    def _send(self, in_flight: InFlight, meter: Meter) -> None:
        in_flight.sent = clock()
        answer = self.ask(in_flight.request)
        in_flight.ended = clock()
        try:
            meter.answered(in_flight, answer)
        except Exception as problem:  # noqa: BLE001 -- a greenlet would only print it
            self._problem = self._problem or problem


def _refusal(problem: ClientError) -> Answer:
    """Return the answer as it was on the wire."""
    rest = {key: problem.response[key] for key in problem.response if key != "Error"}
    error = problem.response.get("Error", {})
    content = rest | {"__type": error.get("Code"), "message": error.get("Message")}
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return Answer(status, json.dumps(content, default=str).encode())
