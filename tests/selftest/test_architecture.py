"""Imports point down, and each foreign library has one place."""

import ast
from pathlib import Path

import pytest

from tests.selftest.twins import ROOT

PACKAGE = ROOT / "conformance"
FOLDERS = {folder.name for folder in (ROOT / "tests").iterdir()}
LAYERS = {
    "files": {"accepted", "catalogue", "declared", "documents", "environment"}
    | {"estimate", "promotion_plan"},
    "access": {"aws", "capture", "deployed", "iam_policy", "interlock", "opening"}
    | {"previous", "recording", "suite", "terraform", "waiting"},
    "drills": {"comparison", "drills", "load", "probes"},
    "proof": {"checking", "evidence", "judgement", "report", "run", "signoff"},
    "standin": {"standin"},
    "root": {"localtarget", "perf", "rehearsing"}
    | {"__main__", "commands", "controller", "fixtures", "options", "plugin"},
}
"""A module that is in none is a word: it may import other words only."""
MAY_IMPORT = {
    "words": {"words"},
    "files": {"words", "files"},
    "access": {"words", "files", "access"},
    "drills": {"words", "files", "access", "drills"},
    "proof": {"words", "files", "access", "proof"},
    "standin": {"words", "files", "standin"},
    "root": {"words", "files", "access", "drills", "proof", "root"},
}
WHY = {
    "words": "a word knows no file, no AWS and no pytest, so that all may use it",
    "files": "a file says what was declared, and must not depend on what is deployed",
    "access": "what asks AWS must not know who judges the answers",
    "drills": "a drill measures; it must not know how its result is told",
    "proof": "proof is a function of what was found; it does nothing to AWS",
    "standin": "the stand-in must be wrong in other ways than the suite",
    "root": "the suite knows its target over HTTP alone, stand-in or not",
}
# The root's one command that serves the stand-in, and builds environments on it.
SERVES = {("commands/standin.py", "standin")}
FOREIGN = {
    "boto3": ("aws.py", "standin/provision/", "perf/sdk.py"),
    "moto": ("standin/",),
    "hypothesis": ("strategies.py",),
    "jsonschema": ("documents.py", "problems.py"),
    "locust": ("perf/",),
    "uvloop": ("load/transport.py",),
    "httptools": ("load/connection.py",),
    "hdrh": ("load/durations.py",),
    "jinja2": ("report/", "signoff/"),
}
"""Where a foreign library may be imported."""


def _layer(unit):
    return next((name for name, units in LAYERS.items() if unit in units), "words")


def _imported(source):
    """The full name of everything that a module imports, wherever it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _upward(path, source):
    """The imports of a module of the package that do not point down."""
    layer = _layer(Path(path).parts[0].removesuffix(".py"))
    for name in _imported(source):
        top, _, rest = name.partition(".")
        unit = rest.partition(".")[0]
        if top != "conformance" or (path, unit) in SERVES or unit == "__version__":
            continue
        if _layer(unit) not in MAY_IMPORT[layer]:
            yield f"{path} ({layer}) imports {name} ({_layer(unit)}): {WHY[layer]}"


def _misplaced(path, source):
    """The imports of foreign libraries outside their place."""
    for name in _imported(source):
        places = FOREIGN.get(name.partition(".")[0])
        if places and not path.startswith(places):
            yield f"{path} imports {name}; only {', '.join(places)} may"


def _modules():
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), file.read_text()


def test_imports_point_down():
    """Words know nobody; files, access, drills and proof know what is below them."""
    assert [it for path, text in _modules() for it in _upward(path, text)] == []


def test_each_foreign_library_has_its_place():
    """One module wraps a foreign library, so that it can be exchanged there."""
    assert [it for path, text in _modules() for it in _misplaced(path, text)] == []


@pytest.mark.parametrize("folder", sorted({"contract", "live", "dr"} & FOLDERS))
def test_checks_import_pytest_alone(folder):
    """A check is read by people who know pytest, and nothing of this suite."""
    files = sorted((ROOT / "tests" / folder).glob("test_*.py"))
    found = {
        (file.name, name)
        for file in files
        for name in _imported(file.read_text())
        if name.partition(".")[0] not in ("pytest", "hypothesis")
    }
    assert files
    assert found == set()


def test_every_layer_names_modules_that_exist():
    """A module that is gone leaves the list of layers too."""
    named = set().union(*LAYERS.values())
    there = {it.stem for it in PACKAGE.iterdir()}
    assert named - there == set()


WRONG = {
    "table.py": "from conformance.aws import Door",
    "declared/tables.py": "from conformance import deployed",
    "aws.py": "def late():\n    from conformance.checking import finding_of",
    "probes/writes.py": "import conformance.evidence",
    "signoff/page.py": "from conformance.probes.items import sweep",
    "plugin.py": "from conformance.standin.server import running",
    "standin/app.py": "from conformance.interlock import require",
}


@pytest.mark.parametrize("path", WRONG)
def test_an_import_that_points_up_is_told_with_the_reason(path):
    """The positive control: each layer's wrong import is found and explained."""
    (told,) = _upward(path, WRONG[path])
    assert told.startswith(path)
    assert told.endswith(tuple(WHY.values()))


def test_a_misplaced_library_is_told():
    """The positive control for foreign libraries."""
    assert [*_misplaced("probes/writes.py", "import boto3")]
    assert [*_misplaced("aws.py", "from moto.server import run")]
    assert not [*_misplaced("aws.py", "import boto3, botocore")]
