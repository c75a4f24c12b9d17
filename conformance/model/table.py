"""The words for a table: values with equality, declared and deployed alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OFF = "OFF"
DISABLED = "DISABLED"
STANDARD = "STANDARD"
"""The table class of every new table, also of one that is restored."""
EVENTUAL = "EVENTUAL"
"""The consistency between regions where none is described."""
AWS_OWNED = "AWS_OWNED"
"""The class of the key that AWS owns: no KMS key of the account encrypts the table."""


@dataclass(frozen=True, order=True, repr=False)
class Attribute:
    """An attribute that is part of a key."""

    name: str
    type: str
    """`S`, `N` or `B`: the only types that DynamoDB takes for keys."""

    def __repr__(self) -> str:
        """Name and type as a DBA writes them."""
        return f"{self.name} ({self.type})"


@dataclass(frozen=True, repr=False)
class Key:
    """The primary key of a table, or the key of an index."""

    partition: Attribute
    sort: Attribute | None = None

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Partition key first, sort key second where there is one."""
        return (self.partition,) if self.sort is None else (self.partition, self.sort)

    def __repr__(self) -> str:
        """Both attributes as a DBA writes them."""
        sort = f", sort key {self.sort}" if self.sort else ", no sort key"
        return f"partition key {self.partition}{sort}"


@dataclass(frozen=True, repr=False)
class Projection:
    """The attributes that an index carries."""

    type: str
    """`KEYS_ONLY`, `INCLUDE` or `ALL`."""
    attributes: frozenset[str] = frozenset()
    """The non-key attributes of an `INCLUDE` projection."""

    def __repr__(self) -> str:
        """Type and attributes as a DBA writes them."""
        return " ".join([self.type, ", ".join(sorted(self.attributes))]).strip()


@dataclass(frozen=True, repr=False)
class Index:
    """A global secondary index."""

    name: str
    key: Key
    projection: Projection
    maximum: Mapping[str, int] = field(default_factory=dict)
    """The maximum of `reads` and `writes`, in units: on-demand, or provisioned."""

    def __repr__(self) -> str:
        """Return the index by its name: the checks show what differs in it."""
        return f"index {self.name}"


@dataclass(frozen=True, repr=False)
class Table:
    """A table as it is meant to be in one environment."""

    name: str
    """The name without the environment, such as `orders`."""
    key: Key
    indexes: Mapping[str, Index]
    capacity_mode: str
    """`PAY_PER_REQUEST` (on-demand) or `PROVISIONED`."""
    stream: str
    """The stream view type, or `OFF`."""
    ttl: str
    """The attribute that holds the expiry time, or `OFF`."""
    tags: Mapping[str, str]
    recovery_status: str
    """Point-in-time recovery: `ENABLED` or `DISABLED`."""
    recovery_days: int
    """The recovery period, in days (`RecoveryPeriodInDays`)."""
    key_class: str
    """The owner of the key: `AWS_OWNED`, `AWS_MANAGED` or `CUSTOMER_MANAGED`."""
    deletion_protection: bool
    sample: Mapping[str, Mapping[str, Any]]
    """One complete item, in DynamoDB JSON."""
    reserved_words: frozenset[str]
    """Attributes whose names need a placeholder in every expression."""
    maximum: Mapping[str, int] = field(default_factory=dict)
    """The maximum of `reads` and `writes`, in units: on-demand, or provisioned."""
    table_class: str = STANDARD
    consistency: str = EVENTUAL
    """The consistency between regions: `EVENTUAL` or `STRONG`."""
    kinesis_streams: Mapping[str, str] = field(default_factory=dict)
    """The Kinesis data streams that take the table's changes, each `ACTIVE`."""

    def __repr__(self) -> str:
        """Return the table by its name: the checks show what differs in it."""
        return f"table {self.name}"

    @property
    def maxima(self) -> Mapping[str, int]:
        """The maxima of the table and of its indexes, by what they limit."""
        of_indexes = {
            f"{index.name} {unit}": units
            for index in self.indexes.values()
            for unit, units in index.maximum.items()
        }
        return {**self.maximum, **of_indexes}

    @property
    def encryption(self) -> str:
        """Type and status of the encryption that the declared key class shows."""
        return AWS_OWNED if self.key_class == AWS_OWNED else "KMS ENABLED"

    @property
    def keys(self) -> tuple[Key, ...]:
        """The primary key, then the key of every index."""
        return (self.key, *(index.key for index in self.indexes.values()))

    @property
    def attribute_names(self) -> frozenset[str]:
        """Every attribute that is declared: in keys, projections or the sample."""
        keys = {attribute.name for key in self.keys for attribute in key.attributes}
        indexes = self.indexes.values()
        projected = {name for index in indexes for name in index.projection.attributes}
        expiry = {self.ttl} - {OFF}
        return frozenset(keys | projected | expiry | set(self.sample))
