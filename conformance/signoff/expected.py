"""Every test that must have been found conformant, collected from files alone."""

import re
import subprocess
import sys
from pathlib import Path

from conformance.documents import ROOT
from conformance.environment import Environment
from conformance.errors import BadInputError

_TEST = re.compile(r"^(?P<test>\S+::\S+\[(?P<criterion>[A-Z]{3}-\d+)-\S+\])$")


def expected_tests(environment: Environment, schemas: Path) -> dict[str, set[str]]:
    """The tests that decide each criterion here, by criterion.

    Whoever ran a part of them has not decided the criterion: what a run selected does
    not count, what the repository holds does. Nothing is contacted.

    Raises:
        BadInputError: the tests cannot be collected.
    """
    collected = subprocess.run(
        [
            *[sys.executable, "-m", "pytest", "--collect-only", "-q"],
            *["-m", "live or dr", f"--env={environment.source}"],
            f"--schemas={schemas.resolve()}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if collected.returncode != 0:
        raise BadInputError(
            f"the tests of {ROOT} cannot be collected:\n"
            f"{collected.stdout[-2000:]}{collected.stderr[-2000:]}"
        )
    tests: dict[str, set[str]] = {}
    for line in collected.stdout.splitlines():
        if match := _TEST.match(line):
            tests.setdefault(match["criterion"], set()).add(match["test"])
    return tests
