"""The products of AWS's Price List API, and the one price that each charge has.

A product is JSON of the format `aws_v1`:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-api.html
Usage types are those of "Best practices for understanding your AWS billing and usage
reports in DynamoDB" (Developer Guide). No real answer was seen when this was written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Product = Mapping[str, Any]
_MILLION = 1_000_000
_PREFIX = r"(?:(?!IA-)[A-Z]+[0-9]*-)?"
"""The billing code of a region; us-east-1 may have none. `IA` is a table class."""


@dataclass(frozen=True)
class Charge:
    """A charge of prices.toml, and the usage type that AWS bills it by."""

    service: str
    usage: str
    units: int = 1
    """The number of AWS's units in one of prices.toml's."""

    def is_charged_by(self, product: Product) -> bool:
        """Return True if the product is this charge, in whatever region."""
        usage = product["product"]["attributes"].get("usagetype", "")
        return bool(re.fullmatch(_PREFIX + re.escape(self.usage), usage))


DYNAMODB, BACKUP, TRANSFER = "AmazonDynamoDB", "AWSBackup", "AWSDataTransfer"
CHARGES: Mapping[str, Charge] = {
    "reads": Charge(DYNAMODB, "ReadRequestUnits", _MILLION),
    "writes": Charge(DYNAMODB, "WriteRequestUnits", _MILLION),
    "replicated_writes": Charge(DYNAMODB, "ReplWriteRequestUnits", _MILLION),
    "storage": Charge(DYNAMODB, "TimedStorage-ByteHrs"),
    "pitr": Charge(DYNAMODB, "TimedPITRStorage-ByteHrs"),
    "backup": Charge(BACKUP, "WarmStorage-ByteHrs-DynamoDB"),
    "restore": Charge(DYNAMODB, "RestoreDataSize-Bytes"),
    "stream_reads": Charge(DYNAMODB, "Streams-Requests", _MILLION),
    "read_hours": Charge(DYNAMODB, "ReadCapacityUnit-Hrs"),
    "write_hours": Charge(DYNAMODB, "WriteCapacityUnit-Hrs"),
}
"""Every charge of a region by itself; a transfer depends on where it goes, too."""


@dataclass(frozen=True)
class Listed:
    """A price as the Price List API shows it."""

    usd: Decimal
    """The price of one unit of prices.toml, beyond the free part."""
    sku: str
    usage: str
    service: str
    published: date
    effective: date


class PriceError(Exception):
    """No price, or more than one, was found; the message says which."""


def listed(
    products: Iterable[Product], service: str, units: int, now: datetime
) -> Listed:
    """Return the one price of these products.

    The highest of the tiers counts, so that an estimate is rather too high.

    Raises:
        PriceError: there is none, or two differ.
    """
    found = [
        price for product in products for price in _prices(product, service, units, now)
    ]
    if not found:
        raise PriceError("no price was found")
    if len({price.usd for price in found}) > 1:
        told = ", ".join(
            f"{_plain(price.usd)} USD ({price.usage}, SKU {price.sku})"
            for price in sorted(found, key=lambda price: price.usd)
        )
        raise PriceError(f"{len(found)} prices were found: {told}")
    return max(found, key=lambda price: price.effective)


def _prices(
    product: Product, service: str, units: int, now: datetime
) -> Iterator[Listed]:
    """Yield the product's price on demand; a term that begins later is no price yet."""
    try:
        terms = product["terms"]["OnDemand"].values()
        begun = [term for term in terms if _time(term["effectiveDate"]) <= now]
        if not begun:
            return
        term = max(begun, key=lambda term: _time(term["effectiveDate"]))
        usd = max(
            Decimal(tier["pricePerUnit"]["USD"])
            for tier in term["priceDimensions"].values()
        )
        if not usd > 0:
            return
        yield Listed(
            usd=usd * units,
            sku=product["product"]["sku"],
            usage=product["product"]["attributes"]["usagetype"],
            service=service,
            published=_time(product["publicationDate"]).date(),
            effective=_time(term["effectiveDate"]).date(),
        )
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise PriceError(
            f"a product is not as documented: {type(error).__name__}: {error}"
        ) from None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _plain(usd: Decimal) -> str:
    return f"{usd.normalize():f}"


def entry(price: Listed, place: str, today: date) -> dict[str, Any]:
    """Return the price as prices.toml has it; `place` is where it was looked up."""
    return {
        "usd": price.usd,
        "date": price.published,
        "source": f"{place}, GetProducts, {price.service}, {price.usage}",
        "note": f"SKU {price.sku}, effective {price.effective}, looked up {today}",
    }


def in_toml(prices: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Return prices by region and charge as TOML, one line each."""
    lines: list[str] = []
    for region, charges in prices.items():
        width = max(map(len, charges))
        lines += ["", f"[{region}]"]
        lines += [
            f"{charge:<{width}} = {_inline(members)}"
            for charge, members in charges.items()
        ]
    return "\n".join([*lines, ""])


def _inline(members: Mapping[str, Any]) -> str:
    if not members:
        return "{}"
    told = ", ".join(f"{name} = {_value(value)}" for name, value in members.items())
    return f"{{{told}}}"


def _value(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, date):
        return value.isoformat()
    return _plain(value if isinstance(value, Decimal) else Decimal(str(value)))
