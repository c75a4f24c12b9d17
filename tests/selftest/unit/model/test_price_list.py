"""The one price of a charge, among the products of the Price List API."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from conformance.model.price_list import (
    CHARGES,
    PriceError,
    entry,
    in_toml,
    listed,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def product(usage="EU-ReadRequestUnits", *tiers, effective="2026-01-01T00:00:00Z"):
    """Return a product of the documented form."""
    dimensions = {
        f"S.T.{number}": {"pricePerUnit": {"USD": usd}, "beginRange": "0"}
        for number, usd in enumerate(tiers or ("0.0000001415",))
    }
    return {
        "product": {"sku": "S", "attributes": {"usagetype": usage}},
        "serviceCode": "AmazonDynamoDB",
        "terms": {
            "OnDemand": {
                "S.T": {"effectiveDate": effective, "priceDimensions": dimensions}
            }
        },
        "publicationDate": "2026-05-20T12:44:22Z",
    }


def price(*products, units=1):
    """Return the one price of these products."""
    return listed(products, "AmazonDynamoDB", units, NOW)


@pytest.mark.parametrize(
    ("usage", "charge"),
    [
        ("ReadRequestUnits", "reads"),
        ("EU-ReadRequestUnits", "reads"),
        ("AFS1-WriteRequestUnits", "writes"),
        ("AFS1-ReplWriteRequestUnits", "replicated_writes"),
        ("EU-TimedStorage-ByteHrs", "storage"),
        ("EUC1-TimedPITRStorage-ByteHrs", "pitr"),
        ("EU-WarmStorage-ByteHrs-DynamoDB", "backup"),
        ("EU-ReadCapacityUnit-Hrs", "read_hours"),
    ],
)
def test_a_usage_type_is_one_charge(usage, charge):
    """Before it may stand the billing code of a region, and nothing else."""
    found = [name for name, one in CHARGES.items() if one.is_charged_by(product(usage))]
    assert found == [charge]


@pytest.mark.parametrize(
    "usage",
    [
        "IA-ReadRequestUnits",
        "EU-IA-ReadRequestUnits",
        "EU-ReplWriteCapacityUnit-Hrs",
        "EU-TimedBackupStorage-ByteHrs",
        "EU-WarmStorage-ByteHrs-DynamoDB-LAGV",
        "EU-WarmStorage-ByteHrs-EFS",
        "EU-ReadRequestUnits-X",
    ],
)
def test_another_usage_type_is_no_charge_of_ours(usage):
    """Table classes, replicated capacity and other backups have prices of their own."""
    assert not any(one.is_charged_by(product(usage)) for one in CHARGES.values())


def test_a_price_is_exact_and_beyond_what_is_free():
    """A million units cost a million times a unit; the highest tier counts."""
    assert price(product(), units=1_000_000).usd == Decimal("0.1415")
    tiers = product("EU-TimedStorage-ByteHrs", "0.0000000000", "0.2830000000")
    assert price(tiers).usd == Decimal("0.283")


def test_no_price_and_two_prices_are_errors():
    """Nothing is guessed; two products of one price are one."""
    with pytest.raises(PriceError, match="no price was found"):
        price()
    with pytest.raises(PriceError, match="no price was found"):
        price(product("EU-Streams-Requests", "0.0000000000"))
    with pytest.raises(PriceError, match=r"2 prices were found: 0\.1 USD .* 0\.2 USD"):
        price(product("EU-X", "0.2"), product("EU-X", "0.1"))
    assert price(product("EU-X", "0.1"), product("EU-X", "0.10")).usd == Decimal("0.1")


def test_a_term_that_begins_later_is_no_price_yet():
    """The latest term that has begun counts."""
    later = product("EU-X", "9", effective="2027-01-01T00:00:00Z")
    with pytest.raises(PriceError, match="no price was found"):
        price(later)
    now = product("EU-X", "1")
    now["terms"]["OnDemand"] |= {"S.U": later["terms"]["OnDemand"]["S.T"]}
    assert price(now).usd == 1


ODD = {
    "no terms": lambda one: one["terms"].clear(),
    "no date": lambda one: one.pop("publicationDate"),
    "a term without a date": lambda one: _term(one).pop("effectiveDate"),
    "another date": lambda one: _term(one).update(effectiveDate="soon"),
    "no tiers": lambda one: _term(one)["priceDimensions"].clear(),
    "a list of terms": lambda one: one["terms"].update(OnDemand=[]),
    "no SKU": lambda one: one["product"].pop("sku"),
}


def _term(one):
    return one["terms"]["OnDemand"]["S.T"]


@pytest.mark.parametrize("case", ODD)
def test_a_product_of_another_form_is_told(case):
    """What is missing or of another type is named; there is no Python error."""
    odd = product()
    ODD[case](odd)
    with pytest.raises(PriceError, match="a product is not as documented"):
        price(odd)


def test_a_price_in_another_currency_is_told():
    """Prices of prices.toml are in USD."""
    odd = product()
    (tier,) = odd["terms"]["OnDemand"]["S.T"]["priceDimensions"].values()
    tier["pricePerUnit"] = {"CNY": "1"}
    with pytest.raises(PriceError, match="KeyError: 'USD'"):
        price(odd)


def test_an_entry_has_its_source_and_its_dates():
    """A signer finds the figure again."""
    today = NOW.date()
    found = entry(price(product(), units=1_000_000), "AWS Price List API", today)
    text = in_toml({"eu-west-1": {"reads": found, "transfer": {}}})
    assert text == (
        "\n[eu-west-1]\n"
        "reads    = {usd = 0.1415, date = 2026-05-20, "
        'source = "AWS Price List API, GetProducts, AmazonDynamoDB, '
        'EU-ReadRequestUnits", '
        'note = "SKU S, effective 2026-01-01, looked up 2026-06-01"}\n'
        "transfer = {}\n"
    )
