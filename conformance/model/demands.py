"""The demands of the promotion plan, whatever a contract declares."""

from collections.abc import Container
from dataclasses import dataclass

from conformance.model.backup.values import Minutes


@dataclass(frozen=True)
class Demand(Container[object]):
    """The values of one setting that the promotion plan accepts."""

    accepted: tuple[object, ...]

    def __contains__(self, value: object) -> bool:
        """Return True if the plan accepts a value of this type."""
        return any(type(one) is type(value) and one == value for one in self.accepted)

    def __str__(self) -> str:
        """Return the accepted values, and who demands them."""
        values = " or ".join(str(value) for value in self.accepted)
        return f"{values}, as the promotion plan demands"


@dataclass(frozen=True)
class Demands:
    """The section `demands` of promotion/plan.toml.

    A criterion that rests on one has two sides: what is deployed (or planned) equals
    the contract, and the contract declares what the plan demands.
    """

    capacity_mode: Demand
    recovery_status: Demand
    key_class: Demand
    deletion_protection: Demand
    backup_interval: Minutes
    """The longest time between two backups."""
    retention_days: int
    """The shortest time for which each backup is kept, in this stage."""
