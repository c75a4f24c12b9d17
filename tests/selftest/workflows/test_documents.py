"""The documents name only what exists, and show only what a run prints."""

import ast
import contextlib
import io
import json
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache

import pytest

from conformance.__main__ import BAD_INPUT, main
from conformance.gate.decision import VERDICTS
from conformance.locust_plugin.session import BROKEN, INTERRUPTED
from conformance.model.finding import Outcome
from conformance.model.operations import CLASSES
from conformance.run.verdict import FAILED, HOLDS, NOT_PROVEN
from tests.selftest.checkout_copy import checkout_copy
from tests.selftest.own_contract import FOLDER
from tests.selftest.twin_env import ROOT, Suite

PLACES = ("*.md", "docs/*.md", "aws_standin/*.md")
GENERATED = {"CRITERIA.md"}
NAMES = sorted(
    name
    for place in PLACES
    for path in ROOT.glob(place)
    if (name := path.relative_to(ROOT).as_posix()) not in GENERATED
)
"""Every document that people write."""
README_WORDS = 1000
SAMPLE_LINES = 10
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^ {4,}\S.*\n)+", re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
CRITERION = re.compile(r"\b(?!ASM|SHA|UTF)[A-Z]{3}-\d+\b")
_ROOTS = "conformance|promotion|tests|docs|aws_standin|benchmarks"
PATH = re.compile(rf"(?:{_ROOTS})/[\w./-]+")
MODULE = re.compile(r"[a-z_]+/[a-z_/]+\.py")
"""A file of the repository or of the package, named from there."""
STATUSES = {
    *(HOLDS, FAILED, NOT_PROVEN, BAD_INPUT, INTERRUPTED, BROKEN),
    *(int(pytest.ExitCode.INTERRUPTED), int(pytest.ExitCode.INTERNAL_ERROR)),
    *(int(pytest.ExitCode.USAGE_ERROR), int(pytest.ExitCode.NO_TESTS_COLLECTED)),
}
_LOCUST = """
from locust.argument_parser import get_parser
from conformance.locust_plugin.options import add_options
parser = get_parser()
add_options(parser)
print(*parser._option_string_actions)
"""
"""Prints locust's options with ours; importing locust here would patch this process."""


def text(name):
    """Return a document of the checkout."""
    return (ROOT / name).read_text(encoding="utf-8")


def code(name):
    """Yield each line of code that a document shows, in blocks and in sentences."""
    content = text(name)
    blocks = [*FENCED.findall(content), *INDENTED.findall(FENCED.sub("", content))]
    for block in (*blocks, *INLINE.findall(FENCED.sub("", content))):
        for line in block.replace("\\\n", " ").splitlines():
            yield re.sub(r"\s# .*", "", line.strip().removeprefix("- run: ")).strip()


def table(name, heading):
    """Return the rows of the first table below a heading, as lists of cells."""
    _, _, after = text(name).partition(f"## {heading}\n")
    rows = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def named(cell):
    """Return the words in backticks of a cell."""
    return INLINE.findall(cell)


def anchors(path):
    """Return the fragments of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.replace(" ", "-") for word in words}


@cache
def output_of(*arguments):
    """Return what Python prints, and require that it ends well."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def help_of(*arguments):
    """Return what a command of the package says about itself."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert end.value.code == 0
    return output.getvalue()


def options_of(program, *command):
    """Return the options that a command explains, and require that it exists."""
    if program == "conformance":
        return set(OPTION.findall(help_of(*command)))
    arguments = ("-c", _LOCUST) if program == "locust" else ("-m", program, "--help")
    return set(OPTION.findall(output_of(*arguments)))


def command_of(line):
    """Return the module and subcommand that a line of code runs; None for others."""
    words = line.removeprefix("$ ").split()
    words = words[2:] if words[:2] == ["python", "-m"] else words
    program = words[0].rpartition("/")[2] if words else ""
    if program == "conformance" and words[1:]:
        return "conformance", words[1]
    return (program,) if program in ("pytest", "locust") else None


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name):
    """A relative link names a file or folder, and a heading if it has a fragment."""
    lost = []
    for link in LINK.findall(text(name)):
        target, _, fragment = link.partition("#")
        path = (ROOT / name).parent / target if target else ROOT / name
        known = path.exists() and (not fragment or fragment in anchors(path))
        if not known and not link.startswith("https://"):
            lost.append(link)
    assert lost == []


def test_the_readme_is_short():
    """A newcomer reads all of it; the rest is in docs/."""
    assert len(text("README.md").split()) <= README_WORDS


def test_every_page_is_linked():
    """A reader who follows links from the README reaches every page of docs/."""
    reached, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in NAMES:
            continue
        reached.add(name)
        for link in LINK.findall(text(name)):
            path = (ROOT / name).parent / link.partition("#")[0]
            if path.resolve().is_relative_to(ROOT):
                waiting.append(path.resolve().relative_to(ROOT).as_posix())
    pages = {name for name in NAMES if name.startswith("docs/")}
    assert pages - reached == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_exists(name):
    """A command that is documented runs, and knows the options that are shown."""
    unknown = []
    for line in code(name):
        command = command_of(line)
        if command:
            known = options_of(*command)
            options = OPTION.findall(line)
            unknown += [(line, option) for option in options if option not in known]
    assert unknown == []


@pytest.mark.parametrize("name", NAMES)
def test_every_option_that_stands_alone_exists(name):
    """An option in a sentence belongs to a program of ours."""
    known = options_of("pytest") | options_of("locust")
    for command in re.findall(r"^    ([a-z-]+)", help_of(), re.MULTILINE):
        known |= options_of("conformance", command)
    shown = {
        option
        for line in code(name)
        if line.startswith("--")
        for option in OPTION.findall(line)
    }
    assert shown - known == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_exists(name):
    """`make X` is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    shown = {
        target for line in code(name) for target in re.findall(r"^make ([a-z-]+)", line)
    }
    assert shown - targets == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_exists(name):
    """A path of this repository leads to a file, unless the reader makes it."""
    lines = [*code(name)]
    shown = {path.rstrip("./") for line in lines for path in PATH.findall(line)}
    shown |= {path for line in lines for path in MODULE.findall(line)}
    shown -= set(re.findall(r"^Make `([^`]+)`:$", text(name), re.MULTILINE))
    standin = ROOT / "aws_standin" / "src" / "aws_standin"
    places = (ROOT, ROOT / "conformance", standin)
    lost = {
        path
        for path in shown
        if not any([*place.glob(path.replace("NAME", "*"))] for place in places)
    }
    assert lost == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_criterion_that_is_named_exists(name):
    """An id such as PIT-1 is a criterion, or the document itself adds it as one."""
    known = set(tomllib.loads(text("promotion/criteria.toml")))
    known |= set(re.findall(r"^\[([A-Z]{3}-\d+)\]$", text(name), re.MULTILINE))
    assert set(CRITERION.findall(text(name))) - known == set()


@pytest.mark.parametrize("name", ["README.md", "docs/report.md"])
def test_exit_statuses_are_those_of_the_code(name):
    """Each status that a run can end with has one row."""
    rows = table(name, "Exit status")
    assert sorted(int(status) for status, _ in rows) == sorted(STATUSES)
    assert rows == table("README.md", "Exit status")


def test_exit_statuses_of_a_gate_are_those_of_the_code():
    """Each verdict has its status."""
    rows = table("docs/gate-and-ci.md", "Exit status of a gate")
    verdicts = {int(status): cell.partition(":")[0] for status, cell in rows}
    assert verdicts == VERDICTS | {BAD_INPUT: "bad input"}


@pytest.mark.parametrize(
    ("name", "heading"),
    [("README.md", "How to read the outcome"), ("docs/report.md", "Outcomes")],
)
def test_outcomes_are_those_of_the_code(name, heading):
    """Each outcome is explained once."""
    assert sorted(row[0] for row in table(name, heading)) == sorted(map(str, Outcome))


def test_classes_are_those_of_the_interlock():
    """Each class is explained, with the environments that allow it as shipped."""
    rows = table("docs/real-account.md", "What the suite may do there")
    shipped = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["allows"]
        for path in (FOLDER / "environments").glob("*.toml")
    }
    documented = {}
    for name, _, where in rows:
        words = {"every environment": set(shipped), "none": set()}
        documented[named(name)[0]] = words.get(where, set(where.split(", ")))
    assert documented == {
        name: {stem for stem, allows in shipped.items() if name in allows}
        for name in CLASSES
    }


def test_keys_of_an_environment_are_those_of_its_schema():
    """Each key that an environment file may have is explained."""
    rows = table("docs/real-account.md", "What an environment file contains")
    documented = {key for row in rows for key in named(row[0])}
    schema = json.loads(text("promotion/environment.schema.json"))
    assert documented == set(schema["properties"])


def test_messages_of_the_troubleshooting_page_are_those_of_the_code():
    """Each message is a text of the code, with `…` for what a run fills in."""
    constants = {
        node.value
        for package in ("conformance", "aws_standin/src")
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    rows = table("docs/troubleshooting.md", "Messages")
    parts = {
        part.strip(" '")
        for message, _ in rows
        for part in re.split(r"…|\. |(?<=for )\d+", named(message)[0])
    }
    lost = {
        part for part in parts if not any(part in constant for constant in constants)
    }
    assert lost == {"unrecognized arguments: --env"}  # argparse's


SAMPLES = [
    (name, block)
    for name in NAMES
    for block in (*INDENTED.findall(text(name)), *FENCED.findall(text(name)))
    if block.lstrip().startswith("$ ")
]


@pytest.mark.parametrize(("name", "block"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_a_sample_of_output_is_what_the_command_prints(tmp_path, name, block):
    """Each line below `$ pytest …` is printed, in this order; `…` stands for more."""
    command, *lines = block.splitlines()
    program, *arguments = shlex.split(command.strip().removeprefix("$ "))
    assert program == "pytest"
    assert name != "README.md" or len(lines) == SAMPLE_LINES
    suite = Suite(tmp_path, checkout_copy(tmp_path / "copy"))
    result = suite.run(*arguments)
    printed = iter(result.output.splitlines())
    for line in lines:
        pattern = ".*".join(map(re.escape, line[4:].split("…")))
        assert any(re.fullmatch(pattern, other) for other in printed), line
