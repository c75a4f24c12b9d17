"""`python -m conformance prices`: prices.toml from AWS's Price List API."""

import argparse
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from botocore.loaders import create_loader

from conformance.aws.client import AwsClients
from conformance.aws.login import connect
from conformance.aws.recorder import Recorder
from conformance.config.declared import load_declared
from conformance.config.declared.costs import PRICES
from conformance.config.environment import Environment, load_environment
from conformance.config.file_reader import load
from conformance.model.errors import (
    BadInputError,
    NotAssessedError,
    RefusedError,
    UnreadableError,
)
from conformance.model.price_list import (
    BACKUP,
    CHARGES,
    DYNAMODB,
    TRANSFER,
    Listed,
    PriceError,
    Product,
    entry,
    in_toml,
    listed,
)

_PRICING = "us-east-1"
"""One of the few regions where the Price List API answers, for all regions."""
_ORDER = (*list(CHARGES)[:7], "transfer", *list(CHARGES)[7:])
Entries = dict[str, dict[str, Any]]


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "prices", help="look up what AWS charges, and write prices.toml"
    )
    parser.add_argument(
        "--regions",
        required=True,
        nargs="+",
        metavar="REGION",
        help="whose prices are looked up; other regions of the file stay as they are",
    )
    parser.add_argument(
        "--env", metavar="ENV", help="use the credentials that its file names"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="default: promotion/prices.toml",
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    regions = _regions(parsed.regions)
    environment = _environment(parsed.env)
    if not environment.is_aws and parsed.output is None:
        raise BadInputError(
            f"--env {environment.name} is no AWS, and its prices are nobody's: name "
            "another file by --output"
        )
    output = parsed.output or PRICES
    before = _load(output) if output.exists() else {}
    nothing = replace(load_declared(environment), tables={})
    clients, _ = connect(environment, nothing, Recorder("main"))
    found = _looked_up(clients, regions)
    _write(output, _header(), before | found)
    _print(found, before, output)
    return 0


def _regions(given: Sequence[str]) -> list[str]:
    """Return the regions, each once.

    The first partition of botocore's is AWS itself; China and others have other lists.

    Raises:
        BadInputError: botocore knows no such region of DynamoDB.
    """
    regions = list(dict.fromkeys(r for word in given for r in word.split(",") if r))
    partitions = create_loader().load_data("endpoints")["partitions"]
    served = partitions[0]["services"]["dynamodb"]["endpoints"]
    known = sorted(set(partitions[0]["regions"]) & set(served))
    problems = []
    for region in regions:
        if region not in known:
            close = get_close_matches(region, known, n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            problems.append(f"--regions {region}: no such region of DynamoDB{meant}")
    if problems or not regions:
        raise BadInputError("\n".join(problems) or "--regions names no region")
    return regions


def _environment(name: str | None) -> Environment:
    """Return the environment; without a name one of AWS, with the shell's credentials.

    Raises:
        BadInputError: it is deployed nowhere, and so has no prices.
    """
    if name is None:
        return Environment(
            name="aws",
            source=Path("AWS_PROFILE"),
            account="",
            regions=(_PRICING,),
            table_name="{name}",
            allows=frozenset({"read"}),
            judged_as="dev",
            previous=None,
            profile=None,
            consumers_accepted=False,
            standin=False,
            endpoint_url=None,
            endpoint_urls={},
            access_key_id=None,
            cannot_prove={},
            targets={},
        )
    environment = load_environment(name)
    if environment.standin:
        raise BadInputError(
            f"--env {name} is deployed nowhere: each run starts a stand-in of its own, "
            "whose prices are nobody's"
        )
    return environment


def _looked_up(clients: AwsClients, regions: Sequence[str]) -> dict[str, Entries]:
    """Return the prices of all regions.

    Raises:
        BadInputError: with every price that was not found, or found twice.
    """
    found: dict[str, Entries] = {}
    problems: list[str] = []
    for region in regions:
        others = [other for other in regions if other != region]
        try:
            entries = dict(_of_region(clients, region, others, problems))
        except (UnreadableError, NotAssessedError, RefusedError) as problem:
            raise BadInputError(f"nothing was written: {problem}") from None
        found[region] = {charge: entries.get(charge, {}) for charge in _ORDER}
    if problems:
        raise BadInputError("\n".join(["nothing was written:", *problems]))
    return found


def _of_region(
    clients: AwsClients, region: str, others: Sequence[str], problems: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the prices of one region, and note what is wrong."""
    now = datetime.now(UTC)
    endpoint = clients.endpoint("pricing", _PRICING)
    place = "AWS Price List API" if clients.environment.is_aws else endpoint
    products = {
        service: _products(clients, service, regionCode=region)
        for service in (DYNAMODB, BACKUP)
    }
    for charge, charged in CHARGES.items():
        those = filter(charged.is_charged_by, products[charged.service])
        try:
            price = listed(those, charged.service, charged.units, now)
        except PriceError as problem:
            problems.append(f"  {charge} in {region} ({charged.service}): {problem}")
        else:
            yield charge, entry(price, place, now.date())
    sent: list[Listed] = []
    for other in others:
        try:
            sent.append(listed(_transfers(clients, region, other), TRANSFER, 1, now))
        except PriceError as problem:
            problems.append(f"  transfer from {region} to {other}: {problem}")
    if sent:
        dearest = max(sent, key=lambda price: price.usd)
        yield "transfer", entry(dearest, place, now.date())


def _transfers(clients: AwsClients, region: str, other: str) -> list[Product]:
    """Return the products of transfers from a region to another."""
    return _products(
        clients,
        TRANSFER,
        fromRegionCode=region,
        toRegionCode=other,
        transferType="InterRegion Outbound",
    )


def _products(clients: AwsClients, service: str, **fields: str) -> list[Product]:
    """Return the products of a service with these attributes.

    Raises:
        BadInputError: one is not JSON, or has no attributes.
    """
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in fields.items()
    ]
    answer = clients.ask(
        "pricing",
        _PRICING,
        "GetProducts",
        ServiceCode=service,
        Filters=filters,
        FormatVersion="aws_v1",
    )
    try:
        # PriceList is absent where nothing matches.
        products = [json.loads(text) for text in answer.get("PriceList", ())]
        for product in products:
            dict(product["product"]["attributes"])
    except (ValueError, KeyError, TypeError) as problem:
        raise BadInputError(
            f"nothing was written: a product of {service} is not as documented: "
            f"{type(problem).__name__}: {problem}"
        ) from None
    return products


def _load(path: Path) -> dict[str, Entries]:
    return load(path, "prices")


def _header() -> str:
    """Return the comment at the top of the shipped file, which explains the items."""
    lines = PRICES.read_text(encoding="utf-8").splitlines()
    first = next((n for n, line in enumerate(lines) if not line.startswith("#")), 0)
    return "\n".join(lines[:first])


def _write(output: Path, header: str, prices: Mapping[str, Entries]) -> None:
    """Replace the file in one piece, once it has been read back."""
    schema = os.path.relpath(PRICES.with_suffix(".schema.json"), output.parent)
    header = re.sub(r"^#:schema .*", f"#:schema {schema}", header)
    new = output.with_name(f".{output.name}.{os.getpid()}.toml")
    try:
        new.write_text(f"{header}\n{in_toml(prices)}", encoding="utf-8")
        _load(new)
        new.replace(output)
    except (BadInputError, OSError) as problem:
        raise BadInputError(f"{output}: cannot be written: {problem}") from None
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _print(
    found: Mapping[str, Entries], before: Mapping[str, Entries], output: Path
) -> None:
    for region, entries in found.items():
        print(region)
        for charge, price in entries.items():
            was = before.get(region, {}).get(charge, {}).get("usd")
            now = price.get("usd")
            told = "open: name a second region" if now is None else f"{now:f} USD"
            print(f"  {charge:<17} : {told}{_change(was, now)}")
    print(f"written: {output}; review it, and commit it")


def _change(was: float | None, now: Any) -> str:
    if was is None or now is None or float(was) == float(now):
        return ""
    return f"   (was {was:g})"
