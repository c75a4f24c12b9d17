"""The deployed environment: its nouns' properties are facts, read once in a run."""

from conformance.deployed.facts import prefetch
from conformance.deployed.index import DeployedIndex
from conformance.deployed.region import DeployedEnvironment, DeployedRegion
from conformance.deployed.table import DeployedTable

__all__ = [
    "DeployedEnvironment",
    "DeployedIndex",
    "DeployedRegion",
    "DeployedTable",
    "prefetch",
]
