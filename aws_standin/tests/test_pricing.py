"""GetProducts answers products as JSON, filtered and in pages."""

import json

import pytest
from botocore.exceptions import ClientError

REGION = {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "af-south-1"}


@pytest.fixture
def pricing(client, account):
    return client("pricing", region="us-east-1", account=account)


def products(pricing, *filters, service="AmazonDynamoDB", **more):
    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode=service, Filters=list(filters), **more
    )
    return [json.loads(text) for page in pages for text in page["PriceList"]]


def usages(found):
    return {one["product"]["attributes"]["usagetype"] for one in found}


def test_products_are_json_with_terms_and_tiers(pricing):
    """A product has attributes, terms on demand, and a price for each tier.

    Billing User Guide, "Finding prices in the service price list files".
    """
    found = products(pricing, REGION)
    assert "AFS1-ReadRequestUnits" in usages(found)
    storage = next(
        one
        for one in found
        if one["product"]["attributes"]["usagetype"] == "AFS1-TimedStorage-ByteHrs"
    )
    (term,) = storage["terms"]["OnDemand"].values()
    tiers = term["priceDimensions"].values()
    assert [tier["pricePerUnit"]["USD"] for tier in tiers] == [
        "0.0000000000",
        "0.2500000000",
    ]
    assert [tier["endRange"] for tier in tiers] == ["25", "Inf"]


def test_filters_narrow_and_pages_follow(pricing):
    """Only products that match all filters are returned, MaxResults at a time.

    AWS Price List API Reference, GetProducts, Filter.
    """
    contains = {"Type": "CONTAINS", "Field": "usagetype", "Value": "RequestUnits"}
    found = products(pricing, REGION, contains, PaginationConfig={"PageSize": 2})
    assert len(found) == 5
    exact = {"Type": "EQUALS", "Field": "usagetype", "Value": "AFS1-Streams-Requests"}
    assert usages(products(pricing, REGION, exact)) == {"AFS1-Streams-Requests"}


def test_a_service_that_is_not_known_is_refused(pricing):
    """An unknown service code is NotFoundException.

    AWS Price List API Reference, GetProducts, Errors.
    """
    with pytest.raises(ClientError, match="NotFoundException"):
        products(pricing, service="AmazonDynamo")
