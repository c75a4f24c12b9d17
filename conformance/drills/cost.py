"""The cost of the restores of a drill, as far as prices are known."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from conformance.config.declared.costs import Costs

_MILLION = 1_000_000
_GB = 2**30
_UNIT = 4096
"""The bytes that a strongly consistent read unit reads."""
_SOURCE_READS = 2
"""The reads of a source, before and after the moment; restored tables are read once."""
_DAY_OF_MONTH = 1 / 30
"""The longest life of a backup: AWS removes it after a day if nobody does."""
_UNITS = {
    "reads": "million reads",
    "restore": "GB restored",
    "backup": "GB of backups, a day of a month",
    "transfer": "GB sent to another region",
}
Quantities = Mapping[tuple[str, str], float]
"""Quantities by region and item of the price list."""


def quantities(
    sizes: Mapping[str, int],
    wanted: Mapping[str, frozenset[str]],
    home: str,
    elsewhere: str,
) -> Quantities:
    """Return what is charged, from the tables' sizes in bytes; copies go elsewhere."""
    found: defaultdict[tuple[str, str], float] = defaultdict(float)
    for name, kinds in wanted.items():
        size = sizes[name]
        found[home, "reads"] += _SOURCE_READS * size / _UNIT / _MILLION
        for kind in kinds:
            region = elsewhere if kind == "copy" else home
            found[region, "reads"] += size / _UNIT / _MILLION
            found[region, "restore"] += size / _GB
            if kind != "pitr":
                found[home, "backup"] += size / _GB * _DAY_OF_MONTH
            if kind == "copy":
                found[elsewhere, "backup"] += size / _GB * _DAY_OF_MONTH
            if region != home:
                found[home, "transfer"] += size / _GB
    return found


def in_words(costs: Costs, charged: Quantities) -> Iterator[str]:
    """Yield the sum of what has a price, then each charge, also those without a price.

    DynamoDB describes the size of a table as it was up to six hours ago.
    """
    lines, known, is_open = [], 0.0, False
    for (region, item), quantity in sorted(charged.items()):
        usd = costs.price(region, item).usd
        what = f"  {quantity:.6f} {_UNITS[item]} in {region}"
        if usd is None:
            is_open = True
            lines.append(f"{what}: the price of {item} is open (promotion/prices.toml)")
        else:
            known += quantity * usd
            lines.append(f"{what} at {usd} USD: {quantity * usd:.6f} USD")
    least = "at least " if is_open else ""
    yield f"cost: {least}{known:.6f} USD by the tables' sizes, and some hundred writes"
    yield from lines
