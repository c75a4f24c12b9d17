"""The tests that decide each criterion: all that pytest collects, and the load."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from conformance.config.file_reader import ROOT
from conformance.model.errors import BadInputError
from conformance.model.load_criteria import decided_by_load, test_of
from conformance.run.inputs import Inputs

_COLLECTION = "conformance.pytest_plugin.collection"
"""The program that collects; by name alone, as this folder does not know pytest."""
_FOLDERS = ("tests/contract/", "tests/dr/", "tests/live/")


@dataclass(frozen=True)
class ExpectedTest:
    """A test that must have been found conformant, and what it is about."""

    id: str
    criterion: str
    region: str
    subject: str
    """A table, `table/index`, or a name; empty for a whole region."""

    @property
    def where(self) -> str:
        """The subject with its region, in words."""
        return f"{self.subject} in {self.region}" if self.subject else self.region


def expected_tests(inputs: Inputs) -> dict[str, tuple[ExpectedTest, ...]]:
    """Return the tests that decide each criterion here, by criterion.

    A run that selected a part of them has not decided the criterion: the repository
    says what must be found, and not the run.

    Raises:
        BadInputError: pytest cannot collect the tests, or collects none of a folder.
    """
    tests: dict[str, list[ExpectedTest]] = {}
    for test in (*collected_tests(inputs), *_load_tests(inputs)):
        criterion = inputs.catalogue.get(test.criterion)
        if criterion and inputs.environment.scope(test.region) in criterion.scope:
            tests.setdefault(criterion.id, []).append(test)
    return {criterion: tuple(found) for criterion, found in tests.items()}


def collected_tests(inputs: Inputs) -> list[ExpectedTest]:
    """Return every test that pytest collects, in a process that no caller changes.

    Raises:
        BadInputError: as `expected_tests`.
    """
    environment, schemas = inputs.environment.source, inputs.schemas
    files = [f"--env={environment.absolute()}", f"--schemas={schemas.absolute()}"]
    ended = subprocess.run(
        [sys.executable, "-P", "-m", _COLLECTION, *files],
        cwd=ROOT,
        env=_clean_environment(os.environ),
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        raise BadInputError(
            f"pytest cannot collect the tests of {ROOT} (status {ended.returncode}), "
            "and only they say what a gate must find. Mend what it says:\n"
            + ended.stderr.decode(errors="replace").strip()
        )
    tests = [ExpectedTest(**test) for test in orjson.loads(ended.stdout)]
    for folder in _FOLDERS:
        if not any(test.id.startswith(folder) for test in tests):
            raise BadInputError(
                f"pytest collects no test of a criterion in {ROOT / folder}, and a "
                "gate that expects nothing would prove nothing; restore its test files"
            )
    return tests


def _clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those that change what Python or pytest loads.

    The others stay, as this Python may not start without them: GitHub's needs
    LD_LIBRARY_PATH. PYTHONPATH stays behind this repository, as pytest may be there.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if not name.startswith(("PYTEST", "PYTHON"))
    }
    paths = [str(ROOT), *filter(None, [variables.get("PYTHONPATH")])]
    return kept | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
    }


def _load_tests(inputs: Inputs) -> Iterator[ExpectedTest]:
    """Yield what a load run decides, which is no test of pytest."""
    primary = inputs.environment.regions[0]
    for criterion, subject in decided_by_load(inputs.declared.tables):
        test = test_of(criterion, primary, subject)
        yield ExpectedTest(test, criterion, primary, subject)
