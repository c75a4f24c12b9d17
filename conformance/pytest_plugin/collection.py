"""A program that prints every test of a criterion that pytest collects, as JSON.

The gate starts it in a process and an environment of its own. Nothing that a caller
sets can leave a test out: no option, no plugin, no file of the folder it works in.
"""

import contextlib
import gc
import json
import sys

import pytest

from conformance.config.file_reader import ROOT
from conformance.run.findings import criterion_of, subject_of

CHECKS = ("tests/contract/test_terraform.py", "tests/dr", "tests/live")
"""The files in which criteria are decided; the contract's others decide none."""
_COLLECTED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
_ARGUMENTS = (
    *("-c", str(ROOT / "pytest.ini"), f"--rootdir={ROOT}"),
    *("--collect-only", "-qq", "--assert=plain", "-p", "no:cacheprovider"),
    *("-m", "contract or dr or live"),
)


class Collection:
    """The tests of one collection, before any is deselected."""

    def __init__(self) -> None:
        self.tests: list[dict[str, str]] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> object:
        """Keep the tests that decide a criterion, and leave none to deselect."""
        for item in items:
            criterion, subject = criterion_of(item), subject_of(item)
            if criterion:
                self.tests.append(
                    {
                        "id": item.nodeid,
                        "criterion": criterion,
                        "region": subject.region,
                        "subject": subject.name,
                    }
                )
        items.clear()
        return (yield)


def main(arguments: list[str]) -> int:
    """Print the tests and return 0, or return pytest's status if it has failed."""
    gc.disable()  # all tests are kept to the end; looking for garbage doubles the time
    collection = Collection()
    with contextlib.redirect_stdout(sys.stderr):
        checks = [str(ROOT / path) for path in CHECKS]
        status = pytest.main([*_ARGUMENTS, *arguments, *checks], plugins=[collection])
    if status not in _COLLECTED:
        return int(status)
    json.dump(collection.tests, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
