"""The plugins of the suite, which is a pytest plugin of its own repository."""

pytest_plugins = [
    "conformance.pytest_plugin.fixtures.backups",
    "conformance.pytest_plugin.fixtures.costs",
    "conformance.pytest_plugin.fixtures.monitoring",
    "conformance.pytest_plugin.fixtures.environment",
    "conformance.pytest_plugin.fixtures.drills",  # after nouns, which it imports
    "conformance.pytest_plugin.fixtures.promotion",
    "conformance.pytest_plugin.fixtures.replication",
    "conformance.pytest_plugin.fixtures.security",
    "conformance.pytest_plugin.fixtures.services",
    "conformance.pytest_plugin.fixtures.terraform",
    "conformance.pytest_plugin.plugin",
]
