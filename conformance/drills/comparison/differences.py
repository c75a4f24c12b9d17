"""The differences of two tables: exact, item by item, in bounded batches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from conformance.drills.comparison.fingerprint import Fingerprint, Item, bucketing
from conformance.drills.comparison.scanning import Source
from conformance.model.item import canonical, decoded
from conformance.model.table import Key

SHOWN = 100
"""The most differences that are named."""
HELD = 50_000
"""The most items of both tables that are held at a time."""
_BATCHES = 4
"""The most times that the tables are read again."""


@dataclass(frozen=True, order=True)
class Difference:
    """One item that the two tables do not both hold alike."""

    key: str
    what: str
    """`missing`, `extra`, or `changed` with the attributes' names."""

    def __str__(self) -> str:
        """Return the difference as it stands in a finding."""
        return f"{self.key}: {self.what}"


@dataclass(frozen=True)
class Differences:
    """The named differences; `unnamed` buckets differ too, but were not read again."""

    named: tuple[Difference, ...] = ()
    unnamed: int = 0

    def __bool__(self) -> bool:
        """Return True if the tables differ at all."""
        return bool(self.named or self.unnamed)


def differences(
    wanted: Source,
    found: Source,
    fingerprints: tuple[Fingerprint, Fingerprint],
    buckets: frozenset[int],
) -> Differences:
    """Name what differs in these buckets, as many as are shown.

    Raises:
        AwsError, UnreadableError: a table could not be read.
    """
    named: list[Difference] = []
    left = sorted(buckets, key=lambda bucket: _size(fingerprints, bucket))
    for _ in range(_BATCHES):
        if not left or len(named) >= SHOWN:
            break
        batch = _batch(left, fingerprints)
        left = left[len(batch) :]
        named += islice(_exact(wanted, found, batch), SHOWN - len(named))
    return Differences(tuple(sorted(named)), len(left))


def item_differences(
    wanted: Mapping[str, Item], found: Mapping[str, Item]
) -> Iterator[Difference]:
    """Yield what differs between items in canonical form, by their keys in words."""
    for name in sorted({*wanted, *found}):
        if name not in found:
            yield Difference(name, "missing")
        elif name not in wanted:
            yield Difference(name, "extra")
        elif wanted[name] != found[name]:
            changed = _changed(wanted[name], found[name])
            yield Difference(name, f"changed: {', '.join(changed)}")


def by_key(key: Key, items: list[Item]) -> dict[str, Item]:
    """Return items from the wire in canonical form, by their keys in words."""
    return {key_text(key, item): canonical(decoded(item)) for item in items}


def key_text(key: Key, item: Item) -> str:
    """Return an item's key in words, such as `order_id=order-0001`."""
    settled = canonical({part.name: item[part.name] for part in key.attributes})
    return " ".join(f"{name}={value}" for name, (_, value) in settled.items())


def _changed(wanted: Item, found: Item) -> list[str]:
    return [
        name
        for name in sorted({*wanted, *found})
        if wanted.get(name) != found.get(name)
    ]


def _size(fingerprints: tuple[Fingerprint, Fingerprint], bucket: int) -> int:
    return sum(fingerprint.count_in(bucket) for fingerprint in fingerprints)


def _batch(
    left: list[int], fingerprints: tuple[Fingerprint, Fingerprint]
) -> frozenset[int]:
    """Return the next buckets, smallest first, whose items may be held together."""
    held, batch = 0, list[int]()
    for bucket in left:
        held += _size(fingerprints, bucket)
        if batch and held > HELD:
            break
        batch.append(bucket)
    return frozenset(batch)


def _exact(
    wanted: Source, found: Source, buckets: frozenset[int]
) -> Iterator[Difference]:
    return item_differences(_held(wanted, buckets), _held(found, buckets))


def _held(source: Source, buckets: frozenset[int]) -> dict[str, Item]:
    """Return the items of others in these buckets, in canonical form, by key."""
    place = bucketing(source.key)

    def kept(pages: Iterable[list[Item]]) -> list[Item]:
        return [item for page in pages for item in page if place(item) in buckets]

    return by_key(source.key, [item for held in source.map(kept) for item in held])
