"""The load run of tests/perf for a busy machine, on which little happens in time.

A request may take a minute, and so may a worker that is silent or that stops.
"""

from locust import runners

from conformance.locust_plugin import preflight, users
from conformance.locust_plugin.users import Arrivals, Phases

_endpoint = preflight.Endpoint
preflight.Endpoint = lambda **parts: _endpoint(**parts | {"timeout_ms": 60_000})
runners.HEARTBEAT_LIVENESS = 60
users._PATIENCE_S = 60.0  # noqa: SLF001 -- as long as a request

__all__ = ["Arrivals", "Phases"]
