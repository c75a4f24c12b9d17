"""Counts the calls that came in, so that a test can say which were made, how often.

    GET  /_standin/requests         {"total": n, "calls": [{"service", "operation",
                                    "region", "account", "parameters", "count",
                                    "statuses": {"200": n}}, …]}
    POST /_standin/requests/reset   {} forgets all

Calls of the stand-in to itself are not counted.  Beyond `most_different` different
calls, new ones are counted without their parameters.
"""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aws_standin.control_api import ControlApi, Document
from aws_standin.protocols.messages import Onward, Request, Response

RESET = 0
"""Stands for a connection that was dropped without an answer."""


class Call(NamedTuple):
    """The members that two equal calls share."""

    service: str
    operation: str
    region: str
    account: str
    parameters: str


@dataclass
class Settings:
    """The settings of the request log."""

    most_different: int = 20_000


@dataclass
class RequestLog:
    """Counts calls by service, operation, region, account and parameters."""

    control_api: ControlApi
    name: str = "requests"
    settings: Settings = field(default_factory=Settings)
    counts: dict[Call, Counter[int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Register the routes."""
        self.control_api.route("GET", "requests", lambda _: self._report())
        self.control_api.route("POST", "requests/reset", self._reset)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Count the call with the status of its answer."""
        status = RESET
        try:
            response = onward(request)
            status = response.status
        finally:
            if not request.internal:
                self._count(request, status)
        return response

    def _count(self, request: Request, status: int) -> None:
        where = (request.service, request.operation, request.region, request.account)
        call = Call(*where, _parameters(request))
        with self._lock:
            if call not in self.counts:
                if len(self.counts) >= self.settings.most_different:
                    call = Call(*where, "null")
                self.counts.setdefault(call, Counter())
            self.counts[call][status] += 1

    def _report(self) -> Document:
        with self._lock:
            counts = {call: dict(statuses) for call, statuses in self.counts.items()}
        calls = [
            _described(call, statuses) for call, statuses in sorted(counts.items())
        ]
        return {"total": sum(one["count"] for one in calls), "calls": calls}

    def _reset(self, _: Document) -> Document:
        with self._lock:
            self.counts.clear()
        return self._report()


def _parameters(request: Request) -> str:
    if request.protocol == "json":
        return request.body.decode(errors="replace")
    return json.dumps(request.parameters, sort_keys=True, default=str)


def _described(call: Call, statuses: dict[int, int]) -> dict[str, Any]:
    try:
        parameters = json.loads(call.parameters or "{}")
    except ValueError:
        parameters = call.parameters
    described = call._asdict() | {"parameters": parameters}
    return described | {"count": sum(statuses.values()), "statuses": statuses}
