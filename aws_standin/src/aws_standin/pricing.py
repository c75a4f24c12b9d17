"""The Price List API: GetProducts, in the documented form, with made-up prices.

Source: AWS Price List API Reference, GetProducts and Filter; Billing User Guide, "Using
the AWS Price List Query API"; DynamoDB Developer Guide, "Best practices for
understanding your AWS billing and usage reports". No real answer was seen.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Attributes = dict[str, str]
MILLIONTH = 1e-6
PAGE = 100
CODES = {"us-east-1": "", "eu-west-1": "EU-", "af-south-1": "AFS1-"}
"""The billing codes before usage types; other regions have their own name here."""
Tiers = tuple[tuple[int, float], ...]
USAGE: dict[str, dict[str, Tiers]] = {
    "AmazonDynamoDB": {
        "ReadRequestUnits": ((0, 0.125 * MILLIONTH),),
        "WriteRequestUnits": ((0, 0.625 * MILLIONTH),),
        "ReplWriteRequestUnits": ((0, 0.625 * MILLIONTH),),
        "IA-ReadRequestUnits": ((0, 0.155 * MILLIONTH),),
        "IA-WriteRequestUnits": ((0, 0.78 * MILLIONTH),),
        "TimedStorage-ByteHrs": ((0, 0.0), (25, 0.25)),
        "IA-TimedStorage-ByteHrs": ((0, 0.1),),
        "TimedPITRStorage-ByteHrs": ((0, 0.2),),
        "TimedBackupStorage-ByteHrs": ((0, 0.1),),
        "RestoreDataSize-Bytes": ((0, 0.15),),
        "Streams-Requests": ((0, 0.0), (2_500_000, 0.2 * MILLIONTH)),
        "ReadCapacityUnit-Hrs": ((0, 0.0), (18_600, 0.00013)),
        "WriteCapacityUnit-Hrs": ((0, 0.0), (18_600, 0.00065)),
        "ReplWriteCapacityUnit-Hrs": ((0, 0.00065),),
    },
    "AWSBackup": {
        "WarmStorage-ByteHrs-DynamoDB": ((0, 0.1),),
        "ColdStorage-ByteHrs-DynamoDB": ((0, 0.03),),
        "WarmStorage-ByteHrs-EFS": ((0, 0.05),),
    },
    "AWSDataTransfer": {"AWS-Out-Bytes": ((0, 0.02),)},
}
"""The tiers of each usage type: from which quantity on, and the price of a unit."""
MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "TERM_MATCH": lambda found, value: found == value,
    "EQUALS": lambda found, value: found == value,
    "CONTAINS": lambda found, value: value in found,
    "ANY_OF": lambda found, value: found in value.split(","),
    "NONE_OF": lambda found, value: found not in value.split(","),
}


@dataclass
class Settings:
    """The settings of the price list."""

    missing: list[str] = field(default_factory=list)
    """Usage types that have no product."""
    doubled: list[str] = field(default_factory=list)
    """Usage types that have a second product, at twice the price."""


class PriceList:
    """Answers GetProducts."""

    name = "prices"

    def __init__(self) -> None:
        self.settings = Settings()

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer with the products that match all filters, a page at a time."""
        if request.operation != "GetProducts":
            return onward(request)
        given = request.parameters
        if given["ServiceCode"] not in USAGE:
            raise AwsError("NotFoundException", "The service code does not exist.")
        found = [
            product
            for product in self._products(given["ServiceCode"], given)
            if _matches(product["product"]["attributes"], given.get("Filters", []))
        ]
        begin = int(given.get("NextToken") or 0)
        end = begin + min(int(given.get("MaxResults") or PAGE), PAGE)
        listed = [json.dumps(product) for product in found[begin:end]]
        more = {"NextToken": str(end)} if end < len(found) else {}
        return answer(request, {"FormatVersion": "aws_v1", "PriceList": listed, **more})

    def _products(
        self, service: str, given: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the products of a service, in the regions that the filters name."""
        named = {one["Field"]: one["Value"] for one in given.get("Filters", [])}
        region = named.get("fromRegionCode") or named.get("regionCode") or "us-east-1"
        for usage, tiers in USAGE[service].items():
            if usage in self.settings.missing:
                continue
            attributes = _attributes(service, usage, region, named)
            yield _product(service, attributes, tiers)
            if usage in self.settings.doubled:
                twice = tuple((begin, usd * 2) for begin, usd in tiers)
                yield _product(service, attributes | {"operation": "second"}, twice)


def _attributes(
    service: str, usage: str, region: str, named: Mapping[str, str]
) -> Attributes:
    code = CODES.get(region, f"{region.replace('-', '').upper()}-")
    if service != "AWSDataTransfer":
        return {
            "servicecode": service,
            "regionCode": region,
            "locationType": "AWS Region",
            "usagetype": f"{code}{usage}",
            "operation": "",
        }
    to = named.get("toRegionCode", "eu-west-1")
    return {
        "servicecode": service,
        "fromRegionCode": region,
        "toRegionCode": to,
        "transferType": "InterRegion Outbound",
        "usagetype": f"{code}{CODES.get(to, '')}{usage}",
        "operation": "",
    }


def _product(service: str, attributes: Attributes, tiers: Tiers) -> dict[str, Any]:
    sku = f"{zlib.crc32(json.dumps(attributes).encode()):08X}STANDIN"
    term = f"{sku}.JRTCKXETXF"
    ends = [str(begin) for begin, _ in tiers[1:]] + ["Inf"]
    dimensions = {
        f"{term}.{number}": {
            "rateCode": f"{term}.{number}",
            "unit": "Unit",
            "beginRange": str(begin),
            "endRange": end,
            "description": "made up by the stand-in",
            "appliesTo": [],
            "pricePerUnit": {"USD": f"{usd:.10f}"},
        }
        for number, ((begin, usd), end) in enumerate(zip(tiers, ends, strict=True))
    }
    return {
        "product": {"productFamily": "", "attributes": attributes, "sku": sku},
        "serviceCode": service,
        "terms": {
            "OnDemand": {
                term: {
                    "sku": sku,
                    "offerTermCode": "JRTCKXETXF",
                    "effectiveDate": "2026-01-01T00:00:00Z",
                    "termAttributes": {},
                    "priceDimensions": dimensions,
                }
            }
        },
        "version": "20260102030405",
        "publicationDate": "2026-01-02T03:04:05Z",
    }


def _matches(attributes: Attributes, filters: list[dict[str, str]]) -> bool:
    return all(
        MATCHES[one["Type"]](attributes.get(one["Field"], ""), one["Value"])
        for one in filters
    )
