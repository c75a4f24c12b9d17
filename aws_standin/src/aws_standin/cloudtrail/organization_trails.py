"""Trails of an organization, as its member accounts see them.

A member account lists the trail of the management account and reads its status, and
may not read its event selectors. Source: CloudTrail User Guide, "Creating a trail for
an organization"; the refusal as it was reported for GetEventSelectors.
"""

from collections.abc import Sequence
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import AwsError, Request, Response, answer

Members = dict[str, Any]


class OrganizationTrails:
    """The trails that management accounts made for their organization."""

    def __init__(self, standin: Context) -> None:
        self._standin = standin
        self._managers: set[str] = set()

    def learn(self, request: Request, created: Members) -> None:
        """Remember an account that made a trail of an organization."""
        if created.get("IsOrganizationTrail"):
            self._managers.add(request.account)

    def answered(
        self, request: Request, members: Sequence[str], own: Response
    ) -> Response | None:
        """Return what a member account is answered; None where nothing differs."""
        if request.account not in members or request.account in self._managers:
            return None
        name = str(request.parameters.get("Name") or "")
        trail = str(request.parameters.get("TrailName") or name)
        foreign = trail.startswith("arn:") and trail.split(":")[4] in self._managers
        match request.operation:
            case "DescribeTrails" if own.ok:
                listed = own.json()["trailList"] + self._shared(request)
                return answer(request, {"trailList": listed})
            case "GetTrailStatus" if foreign:
                return answer(request, self._ask(request, trail.split(":")[4]))
            case "GetEventSelectors" | "GetTrail" if foreign:
                raise AwsError(
                    "CloudTrailARNInvalidException",
                    "AccountID in ARN is wrong, you can only access resources with "
                    f"AccountID {request.account}.",
                )
        return None

    def _shared(self, request: Request) -> list[Members]:
        found = [
            trail
            for account in sorted(self._managers)
            for trail in self._ask(request, account)["trailList"]
        ]
        return [trail for trail in found if trail.get("IsOrganizationTrail")]

    def _ask(self, request: Request, account: str) -> Members:
        given = request.parameters
        return self._standin.call(
            "cloudtrail", request.operation, account, request.region, **given
        )
