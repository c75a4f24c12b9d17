"""Which items differ, and in what: exact, item by item, in bounded batches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from conformance.drills.comparison.fingerprint import Fingerprint, Item, placing
from conformance.drills.comparison.scanning import Source
from conformance.model.item import canonical, decoded
from conformance.model.table import Key

SHOWN = 100
"""So many differences are named at most."""
HELD = 50_000
"""So many items of the two tables together are held at a time."""
_BATCHES = 4
"""So often the tables are read again at most."""


@dataclass(frozen=True, order=True)
class Difference:
    """One item that the two tables do not both hold alike."""

    key: str
    what: str
    """`missing`, `extra`, or `changed` with the attributes' names."""

    def __str__(self) -> str:
        """As it stands in a finding."""
        return f"{self.key}: {self.what}"


@dataclass(frozen=True)
class Differences:
    """What was named; `unnamed` buckets differ too, but were not read again."""

    named: tuple[Difference, ...] = ()
    unnamed: int = 0

    def __bool__(self) -> bool:
        """Whether the tables differ at all."""
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
    left = sorted(buckets, key=lambda it: _size(fingerprints, it))
    for _ in range(_BATCHES):
        if not left or len(named) >= SHOWN:
            break
        batch = _batch(left, fingerprints)
        left = left[len(batch) :]
        named += islice(_exact(wanted, found, batch), SHOWN - len(named))
    return Differences(tuple(sorted(named)), len(left))


def between(
    wanted: Mapping[str, Item], found: Mapping[str, Item]
) -> Iterator[Difference]:
    """What differs between items, in canonical form, by their keys in words."""
    for name in sorted({*wanted, *found}):
        if name not in found:
            yield Difference(name, "missing")
        elif name not in wanted:
            yield Difference(name, "extra")
        elif wanted[name] != found[name]:
            changed = _changed(wanted[name], found[name])
            yield Difference(name, f"changed: {', '.join(changed)}")


def by_key(key: Key, items: list[Item]) -> dict[str, Item]:
    """Items from the wire in canonical form, by their keys in words."""
    return {key_text(key, it): canonical(decoded(it)) for it in items}


def key_text(key: Key, item: Item) -> str:
    """An item's key in words, such as `order_id=order-0001`."""
    settled = canonical({it.name: item[it.name] for it in key.attributes})
    return " ".join(f"{name}={value}" for name, (_, value) in settled.items())


def _changed(wanted: Item, found: Item) -> list[str]:
    return [
        name
        for name in sorted({*wanted, *found})
        if wanted.get(name) != found.get(name)
    ]


def _size(fingerprints: tuple[Fingerprint, Fingerprint], bucket: int) -> int:
    return sum(each.count_in(bucket) for each in fingerprints)


def _batch(
    left: list[int], fingerprints: tuple[Fingerprint, Fingerprint]
) -> frozenset[int]:
    """The next buckets, the smallest first, whose items may be held together."""
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
    return between(_held(wanted, buckets), _held(found, buckets))


def _held(source: Source, buckets: frozenset[int]) -> dict[str, Item]:
    """The items of others in these buckets, in canonical form, by key."""
    place = placing(source.key)

    def kept(pages: Iterable[list[Item]]) -> list[Item]:
        return [item for page in pages for item in page if place(item) in buckets]

    return by_key(source.key, [item for each in source.map(kept) for item in each])
