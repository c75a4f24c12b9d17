"""The account, regions and endpoint that a Terraform plan is for, if it says so."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.config.environment import Environment, is_aws_host
from conformance.model.errors import BadInputError
from conformance.model.text import shortened
from conformance.terraform.configuration import Configuration
from conformance.terraform.document import Document
from conformance.terraform.resources import Resource, Values, standing

TABLE = "aws_dynamodb_table"
REPLICA = "aws_dynamodb_table_replica"


def place_of(
    resource: Resource, configuration: Configuration
) -> tuple[str | None, str | None]:
    """Account and region of a resource; None for what the plan does not say."""
    values = resource.after or resource.before or Values(resource.address, {})
    was = resource.before or values
    arn = str(values.known("arn") or was.known("arn") or "").split(":")
    account, region = (arn[4], arn[3]) if len(arn) > 4 else (None, None)  # noqa: PLR2004 -- arn:partition:service:region:account:…
    if resource.gone and not values.known("arn"):
        region = None  # the provider's account stays, but a new region may be planned
    own = values.known("region")  # since version 6 of the provider
    provider = configuration.region_of(resource)
    provider = provider if isinstance(provider, str) else None
    return account or None, region or own or provider


def require_ours(
    document: Document,
    environment: Environment,
    configuration: Configuration,
    tables: list[Resource],
) -> Iterator[str]:
    """Go on only if nothing shows the plan to be for somewhere else.

    What could not be compared is yielded, in words.

    Raises:
        BadInputError: it is for another account, another region, or no AWS.
    """
    places = [place_of(table, configuration) for table in tables]
    accounts = {account for account, _ in places if account}
    accounts |= set(callers(document.content))
    regions = {region for _, region in places if region}
    _refuse(document, "account", accounts, environment.account)
    _refuse(document, "region", regions, environment.regions[0])
    _refuse_other_endpoints(document, environment, configuration)
    if not accounts:
        yield (
            f"The plan does not say which account it is for: whether that is "
            f"{environment.account} was not compared"
        )
    silent = [
        table.address for table in tables if not place_of(table, configuration)[1]
    ]
    if silent:
        yield (
            f"The plan does not say which region {shortened(silent, 1)} is in: whether "
            f"that is {environment.regions[0]} was not compared"
        )


def callers(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the callers of the plan, if the configuration asks for them."""
    prior = content.get("prior_state", {}).get("values", {})
    for values in (prior, content["planned_values"]):
        for resource in standing(values):
            account = resource["values"].get("account_id")
            if resource["type"] == "aws_caller_identity" and account:
                yield str(account)


def _refuse(document: Document, what: str, found: set[str], wanted: str) -> None:
    if found and wanted not in found:
        raise BadInputError(
            f"{document.path}: is a plan for {what} {', '.join(sorted(found))}; "
            f"expected: {wanted}, as --env says; plan again for that, or name the "
            "environment that it is for"
        )


def _refuse_other_endpoints(
    document: Document, environment: Environment, configuration: Configuration
) -> None:
    if not environment.is_aws:
        return
    for provider in configuration.providers.values():
        blocks = provider.get("expressions", {}).get("endpoints", ())
        # A provider of another cloud may have an attribute of this name.
        for block in blocks if isinstance(blocks, list) else ():
            url = str(configuration.value(provider, block.get("dynamodb")) or "")
            if url and not is_aws_host(urlsplit(url).hostname or ""):
                raise BadInputError(
                    f"{document.path}: was planned against {url}, which is no AWS; "
                    f"--env {environment.name} is"
                )
