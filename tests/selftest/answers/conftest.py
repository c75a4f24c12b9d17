"""The recorded environments of the twins, and the checks that rest on their answers."""

from tests.selftest.twins.conftest import prod, recordings, sit  # noqa: F401
