"""The suite is a pytest plugin of its own repository."""

pytest_plugins = [
    "conformance.fixtures.backups",
    "conformance.fixtures.costs",
    "conformance.fixtures.monitoring",
    "conformance.fixtures.nouns",
    "conformance.fixtures.drills",  # after nouns, which it imports
    "conformance.fixtures.promotion",
    "conformance.fixtures.replication",
    "conformance.fixtures.security",
    "conformance.fixtures.services",
    "conformance.fixtures.terraform",
    "conformance.plugin",
]
