"""The check that real credentials sign only for a service of AWS.

A name below amazonaws.com may belong to a customer of AWS: load balancers, virtual
machines, buckets and APIs have such names.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from conformance.model.errors import BadInputError

_VARIANTS: tuple[dict[str, bool], ...] = (
    {},
    {"use_fips_endpoint": True},
    {"use_dualstack_endpoint": True},
    {"use_fips_endpoint": True, "use_dualstack_endpoint": True},
)
_OWN_VPC = r"vpce-[0-9a-z]+-[0-9a-z]+(-[0-9a-z-]+)?\.{prefix}\.vpce\.{domain}"
"""Source: AWS PrivateLink Guide, "Access an AWS service" by an interface endpoint."""
_OF_ACCOUNT = r"[0-9]{{12}}\.ddb\.{region}\.amazonaws\.com"
"""Source: DynamoDB Developer Guide, "AWS account-based endpoints"."""


def require_endpoint(session: Any, service: str, region: str, url: str) -> None:
    """Compare an address with those that botocore knows for a service and a region.

    Raises:
        BadInputError: it is none of them, nor an endpoint in a VPC of one's own.
    """
    host = (urlsplit(url).hostname or "").lower()
    known = sorted(_hosts(session, service, region))
    if host in known or any(re.fullmatch(own, host) for own in _patterns(known)):
        return
    if service == "dynamodb" and re.fullmatch(_OF_ACCOUNT.format(region=region), host):
        return
    raise BadInputError(
        f"endpoint refused: {url} is not an endpoint of {service} in {region}: "
        "credentials sign for nobody else\n"
        f"  expected : {', '.join(known)}, or an interface endpoint of your VPC"
    )


def _hosts(session: Any, service: str, region: str) -> Iterator[str]:
    for variant in _VARIANTS:
        config = Config(ignore_configured_endpoint_urls=True, **variant)
        with suppress(BotoCoreError):  # some services lack a variant
            client = session.client(service, region_name=region, config=config)
            yield urlsplit(client.meta.endpoint_url).hostname or ""


def _patterns(hosts: list[str]) -> Iterator[str]:
    for host in hosts:
        prefix, found, domain = host.partition(".amazonaws.com")
        if found:
            yield _OWN_VPC.format(
                prefix=re.escape(prefix), domain=re.escape(f"amazonaws.com{domain}")
            )
