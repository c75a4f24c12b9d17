"""Route 53's health checks, which moto always finds healthy.

Source: Route 53 API Reference, GetHealthCheckStatus, and Developer Guide, "Viewing
health check status".
"""

import re
from dataclasses import dataclass, field, replace

from aws_standin.protocols.messages import Onward, Request, Response

STATUS = re.compile(rb"<Status>[^<]*</Status>")
FAILURE = (
    b"<Status>Failure: The health checker could not establish a connection within "
    b"the timeout limit.</Status>"
)


@dataclass
class Settings:
    """The settings of the health checks."""

    failing: list[str] = field(default_factory=list)
    """The ids of health checks whose endpoint cannot be reached."""


class HealthChecks:
    """Turns the status of failing health checks."""

    name = "health"

    def __init__(self) -> None:
        self.settings = Settings()

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer GetHealthCheckStatus as the settings say."""
        response = onward(request)
        called = (request.service, request.operation)
        if called != ("route53", "GetHealthCheckStatus"):
            return response
        identity = request.environ["PATH_INFO"].split("/")[-2]
        if identity not in self.settings.failing:
            return response
        return replace(response, body=STATUS.sub(FAILURE, response.body))
