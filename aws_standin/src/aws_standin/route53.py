"""Route 53's health checks, which moto always finds healthy.

A checker resolves names as the Internet does: a name that stands in private zones alone
is not found. Source: Route 53 API Reference, GetHealthCheckStatus, HealthCheckConfig;
Developer Guide, "Viewing health check status" and "Configuring failover in a private
hosted zone".
"""

import re
from dataclasses import dataclass, field, replace

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import AwsError, Onward, Request, Response

STATUS = re.compile(rb"<Status>[^<]*</Status>")
UNREACHABLE = (
    b"<Status>Failure: The health checker could not establish a connection within "
    b"the timeout limit.</Status>"
)
UNRESOLVED = b"<Status>Failure: DNS resolution failed: Rcode NXDomain(3)</Status>"


@dataclass
class Settings:
    """The settings of the health checks."""

    failing: list[str] = field(default_factory=list)
    """The ids of health checks whose endpoint cannot be reached."""


class HealthChecks:
    """Turns the status of failing health checks."""

    name = "health"

    def __init__(self, standin: Context) -> None:
        self.settings = Settings()
        self._standin = standin

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer GetHealthCheckStatus as settings and zones say."""
        called = (request.service, request.operation)
        if called != ("route53", "GetHealthCheckStatus") or request.internal:
            return onward(request)
        identity = request.environ["PATH_INFO"].split("/")[-2]
        where = request.account, request.region
        checked = self._standin.call(
            "route53", "GetHealthCheck", *where, HealthCheckId=identity
        )["HealthCheck"]["HealthCheckConfig"]
        if checked["Type"] == "CALCULATED":
            raise AwsError("InvalidInput", "A calculated check has no status here.")
        response = onward(request)
        if identity in self.settings.failing:
            return _told(response, UNREACHABLE)
        if "IPAddress" not in checked and self._is_private(where, checked):
            return _told(response, UNRESOLVED)
        return response

    def _is_private(self, where: tuple[str, str], checked: dict[str, str]) -> bool:
        """Return True if a name stands in a private zone, and in no public one."""
        name = checked.get("FullyQualifiedDomainName", "").rstrip(".")
        zones = self._standin.call("route53", "ListHostedZones", *where)["HostedZones"]
        private = [
            bool(zone.get("Config", {}).get("PrivateZone"))
            for zone in zones
            if f".{name}.".endswith(f".{zone['Name']}")
        ]
        return bool(private) and all(private)


def _told(response: Response, status: bytes) -> Response:
    return replace(response, body=STATUS.sub(status, response.body))
