"""Regions that an account has switched off, and what Account Management says of them.

A call to a region that is not enabled is refused as if the key did not exist, since
credentials are not known there (Reference guide of Account Management, "Enable or
disable AWS Regions in your account").
"""

from dataclasses import dataclass, field

from aws_standin.protocols.messages import (
    AwsError,
    Onward,
    Request,
    Response,
    answer,
    error,
)

BY_DEFAULT = frozenset(
    """us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1
    eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1
    ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3
    ap-southeast-1 ap-southeast-2""".split()  # noqa: SIM905 - a list of words
)
"""Always enabled; cannot be switched off."""
OPT_IN = frozenset(
    """af-south-1 ap-east-1 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
    ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1
    me-central-1 me-south-1 mx-central-1""".split()  # noqa: SIM905 - a list of words
)
"""Enabled by the account's owner only."""


@dataclass
class Settings:
    """The opt-in regions that are switched off."""

    off: list[str] = field(default_factory=list)
    """"REGION", or "ACCOUNT/REGION" for one account alone."""


@dataclass
class Regions:
    """Refuses calls to regions that are off."""

    name: str = "regions"
    settings: Settings = field(default_factory=Settings)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Refuse the call, or pass it on."""
        asks = (request.service, request.operation) == ("account", "GetRegionOptStatus")
        if request.internal or asks:
            return onward(request)
        if self.is_off(request.account, request.region):
            return _refusal(request)
        return onward(request)

    def is_off(self, account: str, region: str) -> bool:
        """Say whether the account has switched the region off."""
        off = self.settings.off
        return region in OPT_IN and (region in off or f"{account}/{region}" in off)


@dataclass
class OptStatus:
    """Answers GetRegionOptStatus, which may be denied and struck like any call."""

    regions: Regions

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer, or pass the call on."""
        if (request.service, request.operation) != ("account", "GetRegionOptStatus"):
            return onward(request)
        region = request.parameters.get("RegionName", "")
        account = request.parameters.get("AccountId", request.account)
        if region not in BY_DEFAULT | OPT_IN:
            raise AwsError("ValidationException", f"Region {region} is not supported.")
        status = "DISABLED" if self.regions.is_off(account, region) else "ENABLED"
        if region in BY_DEFAULT:
            status = "ENABLED_BY_DEFAULT"
        payload = {"RegionName": region, "RegionOptStatus": status}
        return answer(request, payload)


def _refusal(request: Request) -> Response:
    message = "The security token included in the request is invalid."
    if request.protocol in ("query", "ec2", "rest-xml"):
        return error(request, "InvalidClientTokenId", message, 403)
    status = 403 if request.protocol == "rest-json" else 400
    return error(request, "UnrecognizedClientException", message, status)
