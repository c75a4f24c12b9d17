"""The guard of places: what changes anything stays in the environment's accounts.

The interlock asks here for every class but `read`, and the clients before each request
leaves: a request goes to the host that its client was made for, and nowhere else.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from conformance.config.environment import Environment
from conformance.model.errors import RefusedError

_ARN = re.compile(r"arn:[^:]*:[^:]*:([^:]*):([^:]*):")
_OF_S3 = re.compile(r"(?:[a-z0-9.-]+\.)?s3\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
"""S3 sends a request on to the region of its bucket (botocore's S3RegionRedirector)."""
_CONTENT = ("Item", "Key", "ExpressionAttributeValues", "Tags", "RecoveryPointTags")
"""Parameters whose texts are values, and name nothing that a request acts on."""


class PlaceGuard:
    """The accounts and regions that belong to an environment."""

    def __init__(self, environment: Environment) -> None:
        """Know the environment's own places, and where its copies are restored."""
        self._places = {(environment.account, region) for region in environment.regions}
        into = environment.restore_into
        if into:
            self._places.add((into.account, into.region))
        self._name = environment.name

    def check(self, action: str, parameters: dict[str, Any], region: str) -> None:
        """Let a request pass if its region and all its ARNs are the environment's.

        Raises:
            RefusedError: it would act elsewhere.
        """
        if region not in {own for _, own in self._places}:
            self._refuse(action, f"{region} is no region")
        for arn in _arns(parameters):
            found = _ARN.match(arn)
            if found is None or not self._is_own(found[2], found[1]):
                self._refuse(action, f"{arn} is not in an account and region")

    def _is_own(self, account: str, region: str) -> bool:
        """Return True for a place of the environment; ARNs of IAM have no region."""
        if not region:
            return account in {own for own, _ in self._places}
        return (account, region) in self._places

    def _refuse(self, action: str, why: str) -> None:
        raise RefusedError(f"{action} refused: {why} of environment {self._name!r}")


def _arns(value: Any) -> Iterator[str]:
    """Yield every ARN among parameters, but for those in the content of items."""
    if isinstance(value, str) and value.startswith("arn:"):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in _CONTENT:
                yield from _arns(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _arns(inner)


def check_host(url: str, endpoint: str, account: str) -> None:
    """Compare the address of a request with that of the client that sends it.

    A bucket's name, or that of a part of a service, may stand before the host (Amazon
    S3, virtual-hosted style; botocore's `endpoint` traits). A host of DynamoDB may bear
    the account (DynamoDB Developer Guide, "AWS account-based endpoints").

    Raises:
        RefusedError: the request would go elsewhere.
    """
    sent, made = urlsplit(url), urlsplit(endpoint)
    host, own = sent.hostname or "", made.hostname or ""
    known = {own, re.sub(r"^dynamodb\.", f"{account}.ddb.", own)}
    below = host.endswith(f".{own}") or bool(
        _OF_S3.fullmatch(own) and _OF_S3.fullmatch(host)
    )
    same = (sent.scheme, sent.port) == (made.scheme, made.port)
    if not same or not (host in known or below):
        raise RefusedError(f"request refused: it would go to {url}, not to {endpoint}")
