"""What is deployed: nouns whose properties are facts, read from AWS once a run."""

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
