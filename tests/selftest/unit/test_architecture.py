"""Imports point to the left, and each foreign library has one place."""

import ast
import re
from pathlib import Path

import pytest

from tests.selftest.twin_env import ROOT

ORDER = (
    {"model"},
    {"config"},
    {"aws", "demo"},
    {"deployed"},
    {"terraform", "probes"},
    {"drills", "load"},
    {"run"},
    {"report", "gate"},
    {"pytest_plugin", "locust_plugin", "commands"},
)
"""The folders of the package: each imports itself and what stands before it.

Folders that stand together do not know each other. `demo` is for `commands` alone.
"""
FOREIGN = {
    "boto3": (
        "conformance/aws/",
        "conformance/demo/",
        "conformance/locust_plugin/boto3_sender.py",
    ),
    "moto": ("aws_standin/src/",),
    "hypothesis": (),
    "jsonschema": ("conformance/config/",),
    "locust": ("conformance/locust_plugin/",),
    "uvloop": ("conformance/load/transport.py",),
    "httptools": ("conformance/load/connection.py",),
    "hdrh": ("conformance/load/latency_histogram.py",),
    "jinja2": ("conformance/report/", "conformance/gate/page/"),
    "pytest": (
        "conformance/pytest_plugin/",
        "conformance/run/",
        "conformance/report/",
    ),
}
"""Where a foreign library may be imported."""
RANKS = {folder: rank for rank, together in enumerate(ORDER) for folder in together}
PACKAGES = ("conformance", "aws_standin/src")


def _imported(path, source):
    """Yield the full name of everything that a module imports, wherever it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _against_the_order(path, source):
    """Yield the imports of a module that point to the right, or beside it."""
    product, *folders, _ = Path(path).parts
    for name in _imported(path, source):
        top, _, rest = name.partition(".")
        if {top, product} == {"conformance", "aws_standin"}:
            yield f"{path}: {name} is another program, known by its command alone"
        elif top == "conformance" and folders:
            there = rest.partition(".")[0]
            rank, here = RANKS.get(there, -1), folders[0]
            beside = rank == RANKS[here] and there != here
            if rank > RANKS[here] or beside or (there, here) in NOT_FOR:
                yield f"{path}: {name} is not to the left of {here}"


NOT_FOR = {("demo", folder) for folder in RANKS if folder not in ("demo", "commands")}


def _misplaced(path, source):
    """Yield the imports of foreign libraries outside their place."""
    for name in _imported(path, source):
        places = FOREIGN.get(name.partition(".")[0])
        if places is not None and not path.startswith(places):
            yield f"{path} imports {name}; only {', '.join(places) or 'tests'} may"


def _modules():
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


def _found(rule):
    return [told for path, text in _modules() for told in rule(path, text)]


def test_imports_point_to_the_left():
    """A folder imports only folders before it; the stand-in and the suite nothing."""
    assert _found(_against_the_order) == []


def test_every_folder_has_its_place_and_no_module_is_loose():
    """The order names every folder, and the root holds the package's two faces."""
    package = ROOT / "conformance"
    assert {face.parent.name for face in package.glob("*/__init__.py")} == set(RANKS)
    loose = {file.name for file in package.glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}


def test_the_page_prints_the_order_and_explains_every_folder():
    """ARCHITECTURE.md shows the order as it is here, and a sentence for each folder."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    printed = re.search(r"^ORDER = (\(.*?^\))", page, re.DOTALL | re.MULTILINE)[1]
    assert ast.literal_eval(printed) == ORDER
    explained = set(re.findall(r"^\| `(\w+)/` \| \w", page, re.MULTILINE))
    tests = (ROOT / "tests" / "selftest").glob("[a-z]*/")
    assert explained >= {*RANKS, *(folder.name for folder in tests)}


def test_each_foreign_library_has_its_place():
    """One folder wraps a foreign library, so that it can be exchanged there."""
    assert _found(_misplaced) == []


@pytest.mark.parametrize("folder", ["contract", "live", "dr"])
def test_checks_import_pytest_alone(folder):
    """A check is read by people who know pytest, and nothing of this suite."""
    files = sorted((ROOT / "tests" / folder).glob("test_*.py"))
    found = {
        (file.name, name)
        for file in files
        for name in _imported(file.name, file.read_text(encoding="utf-8"))
        if name.partition(".")[0] not in ("pytest", "hypothesis")
    }
    assert files
    assert found == set()


def test_no_test_file_imports_another():
    """What two test files need is a fixture or a helper, which no test collects."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    found = [
        f"{file}: {name}"
        for file in files
        for name in _imported(file, file.read_text(encoding="utf-8"))
        if name.startswith("tests.") and ".test_" in name
    ]
    assert files
    assert found == []


WRONG = {
    "conformance/model/table.py": "from conformance.aws.client import AwsClients",
    "conformance/config/declared/tables.py": "from conformance import deployed",
    "conformance/aws/client.py": "def late():\n    import conformance.run.findings",
    "conformance/probes/writes.py": "import conformance.terraform.tables",
    "conformance/gate/decision.py": "from conformance.report.terminal import header",
    "conformance/pytest_plugin/plugin.py": "from conformance.demo import provision",
    "conformance/commands/standin.py": "from aws_standin.server import running",
    "aws_standin/src/aws_standin/app.py": "from conformance.aws import interlock",
}


@pytest.mark.parametrize("path", WRONG)
def test_an_import_against_the_order_is_told(path):
    """The positive control: each wrong import is found, with its file."""
    (told,) = _against_the_order(path, WRONG[path])
    assert told.startswith(path)


def test_a_misplaced_library_is_told():
    """The positive control for foreign libraries."""
    assert [*_misplaced("conformance/probes/writes.py", "import boto3")]
    assert [*_misplaced("conformance/aws/client.py", "from moto.server import run")]
    assert not [*_misplaced("conformance/aws/client.py", "import boto3, botocore")]


QUESTIONS = re.compile(r"(What|Whether|How|Who|Whose|Where|Which|When|Of|As|Those)\b")


def test_docstrings_of_the_packages_name_what_they_describe():
    """Those of functions, fields and constants begin with a verb or a noun."""
    packages = (ROOT / "conformance", ROOT / "aws_standin" / "src")
    files = [file for package in packages for file in package.rglob("*.py")]
    asking = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if QUESTIONS.match(str(node.value.value))
    ]
    assert len(files) > 100
    assert asking == []
