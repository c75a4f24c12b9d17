"""The environment as it is deployed: its regions."""

from collections.abc import Mapping
from functools import cached_property

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts
from conformance.deployed.region import DeployedRegion


class DeployedEnvironment:
    """Everything that was read of one environment."""

    def __init__(self, facts: Facts, declared: Declared) -> None:
        """Know whom to ask; nothing is asked yet."""
        self._facts = facts
        self._declared = declared
        self.name = facts.environment.name

    @cached_property
    def regions(self) -> Mapping[str, DeployedRegion]:
        """The environment's regions, by name."""
        return {
            region: DeployedRegion(self._facts, region, self._declared)
            for region in self._facts.environment.regions
        }
