"""A criterion: one testable statement of the promotion plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Criterion:
    """One row of the catalogue."""

    id: str
    title: str
    """The criterion in the customer's words."""
    plan: str
    """The clause of the promotion plan that asks for it; empty if none does."""
    scope: frozenset[str]
    """`D` dev, `S` sit, `P` prod's primary region, `R` prod's replica regions."""
    kind: str
    """`check`, `probe`, `drill`, `plan` or `attest`."""
    level: str
    """`required` or `advisory`."""
    advisory_in: frozenset[str]
    """Environments where a required criterion is advisory all the same."""
    phase: str
    """The `--phase` it runs in; empty for all others."""
    gates: frozenset[str]
    role: str
    """The role that acts on it when it is open."""
    maximum_age: timedelta
    """The age up to which evidence counts at a gate."""

    def required_in(self, stage: str) -> bool:
        """Return True if the criterion blocks an environment of this stage."""
        return self.level == "required" and stage not in self.advisory_in


Catalogue = Mapping[str, Criterion]
