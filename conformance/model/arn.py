"""The home of a resource, as its ARN names it."""

from typing import NamedTuple

from conformance.model.errors import UnreadableError

_PARTS = 6


class Home(NamedTuple):
    """The region and the account of a resource."""

    region: str
    account: str


def home_of(arn: str) -> Home:
    """Return the home that an ARN of AWS names.

    Raises:
        UnreadableError: it is no ARN.
    """
    parts = arn.split(":", _PARTS - 1)
    if len(parts) < _PARTS or parts[0] != "arn":
        raise UnreadableError(f"AWS answered an ARN that is none: {arn!r}")
    return Home(parts[3], parts[4])
