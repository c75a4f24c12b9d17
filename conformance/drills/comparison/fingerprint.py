"""The fingerprint of a table in a few megabytes: sums that no order changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any
from zlib import crc32

from conformance.aws.gc_pause import gc_paused
from conformance.drills.comparison.encoding import digest, number
from conformance.drills.comparison.scanning import Source
from conformance.model import suite_keys
from conformance.model.table import Key

BUCKETS = 1 << 14
_COUNT = 1 << 192
"""Added for each item; sums of digests stay far below it."""
Item = dict[str, Any]


@dataclass
class Fingerprint:
    """The items of others, as sums; and our own items as they are."""

    sums: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    """By bucket: the digests of its items, and their number in the highest bits."""
    ours: list[Item] = field(default_factory=list)

    def __add__(self, more: "Fingerprint") -> "Fingerprint":
        """Return the fingerprint of what both hold."""
        sums = [one + two for one, two in zip(self.sums, more.sums, strict=True)]
        return Fingerprint(sums, self.ours + more.ours)

    @property
    def count(self) -> int:
        """The number of items that others have in the table."""
        return sum(self.sums) // _COUNT

    def count_in(self, bucket: int) -> int:
        """Return the number of items of others in one bucket."""
        return self.sums[bucket] // _COUNT

    def differing(self, other: "Fingerprint") -> frozenset[int]:
        """Return the buckets in which the two do not hold the same."""
        return frozenset(
            bucket
            for bucket, sums in enumerate(zip(self.sums, other.sums, strict=True))
            if sums[0] != sums[1]
        )


def fingerprint(source: Source) -> Fingerprint:
    """Read the whole table once.

    Raises:
        AwsError, UnreadableError: it could not be read.
    """
    place = bucketing(source.key)

    def summed(pages: Iterable[list[Item]]) -> Fingerprint:
        made = Fingerprint()
        sums, ours = made.sums, made.ours
        for page in pages:
            for item in page:
                bucket = place(item)
                if bucket is None:
                    ours.append(item)
                else:
                    sums[bucket] += _COUNT + digest(item)
        return made

    with gc_paused():
        return reduce(add, source.map(summed))


def bucketing(key: Key) -> Callable[[Item], int | None]:
    """Return a function from an item of others to its bucket, or to None for ours."""
    name, kind = key.partition.name, key.partition.type

    def place_text(item: Item) -> int | None:
        text: str = item[name]["S"]
        return (
            None
            if text.startswith(suite_keys.PREFIX)
            else crc32(text.encode()) % BUCKETS
        )

    def place(item: Item) -> int | None:
        if suite_keys.is_suite_key(item[name]):
            return None
        text: str = item[name][kind]
        return crc32((number(text) if kind == "N" else text).encode()) % BUCKETS

    return place_text if kind == "S" else place
