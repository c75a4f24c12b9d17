"""Every write to a table, in order: what the table held at any moment."""

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aws_standin.dynamodb.key_schema import Item


@dataclass(frozen=True, slots=True)
class Entry:
    """One write of one item."""

    at: datetime
    """The time at which this table got it."""
    written: datetime
    """The time of the first write, in whichever region: the newer one wins."""
    origin: str
    """The region it was first written in."""
    key: str
    """The primary key, as `key_text` writes it."""
    image: bytes | None
    """The whole item as JSON; None when it was deleted."""

    @property
    def item(self) -> dict[str, Any] | None:
        """Return the item as it was written."""
        return None if self.image is None else json.loads(self.image)


@dataclass
class Journal:
    """The writes of one table.  The caller holds the table's lock."""

    entries: list[Entry] = field(default_factory=list)
    latest: dict[str, Entry] = field(default_factory=dict)
    """The newest entry of each key."""

    def add(self, entry: Entry) -> None:
        """Append a write."""
        self.entries.append(entry)
        self.latest[entry.key] = entry

    def items_at(self, moment: datetime) -> list[dict[str, Any]]:
        """Return the items that the table held at a moment."""
        end = bisect_right(self.entries, moment, key=lambda entry: entry.at)
        held = {entry.key: entry for entry in self.entries[:end]}
        return [item for entry in held.values() if (item := entry.item) is not None]

    def items(self) -> list[dict[str, Any]]:
        """Return the items that the table holds now."""
        newest = (entry.item for entry in self.latest.values())
        return [item for item in newest if item is not None]

    def holds(self, key: str) -> bool:
        """Say whether an item with this key is there now."""
        entry = self.latest.get(key)
        return entry is not None and entry.image is not None


def key_text(key: Mapping[str, Any]) -> str:
    """Return a primary key as text that compares equal for equal keys."""
    return json.dumps(key, sort_keys=True, separators=(",", ":"))


def image_of(item: Item) -> bytes:
    """Return an item as the journal keeps it."""
    return json.dumps(item, separators=(",", ":")).encode()
