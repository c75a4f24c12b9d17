"""The load run of tests/perf for a busy machine, on which little happens in time.

A request may take a minute, and a worker may be silent as long.
"""

from locust import runners

from conformance.locust_plugin import preflight
from conformance.locust_plugin.users import Arrivals, Phases

_endpoint = preflight.Endpoint
preflight.Endpoint = lambda **parts: _endpoint(**parts | {"timeout_ms": 60_000})
runners.HEARTBEAT_LIVENESS = 60

__all__ = ["Arrivals", "Phases"]
