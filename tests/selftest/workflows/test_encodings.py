"""Files and pipes are UTF-8, whatever the language settings of the machine."""

import ast
import subprocess
import sys
from shutil import which

import pytest

from tests.selftest.twin_env import ROOT, clean_environment

ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""Settings under which Python opens files, and prints, as ASCII."""


def without_encoding(source):
    """Return the lines that open text in the encoding of the machine.

    Ruff's rule PLW1514 sees this only where the type of a path is written in the call.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if opens_text(call)]


def opens_text(call):
    """Return whether a call reads or writes text and names no encoding."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if "encoding" in keywords:
        return False
    if name == "read_text":
        return not call.args
    if name == "write_text":
        return len(call.args) == 1
    if name == "open":
        position = 1 if isinstance(call.func, ast.Name) else 0
        (mode, *_) = [*call.args[position : position + 1], keywords.get("mode")]
        return isinstance(mode, ast.Constant) and "b" not in str(mode.value)
    as_text = keywords.get("text", keywords.get("universal_newlines"))
    return isinstance(as_text, ast.Constant) and as_text.value is True


def test_every_file_is_opened_as_utf_8():
    """Nothing is read or written in the encoding that the machine happens to have."""
    names = subprocess.run(
        [which("git"), "ls-files", "*.py"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    found = [
        f"{name}:{line}"
        for name in names
        for line in without_encoding((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert len(names) > 300
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        *["path.read_text()", "path.write_text(text)", 'path.open("w")'],
        *['open(path, "r")', "subprocess.run(command, text=True)"],
    ],
)
def test_text_without_an_encoding_is_found(source):
    """The positive control: each way to open text is seen where it names none."""
    assert without_encoding(source) == [1]


@pytest.mark.parametrize(
    "source",
    [
        *['path.read_text(encoding="utf-8")', "path.read_bytes()", "suite.open()"],
        *['path.open("rb")', 'path.write_text(text, encoding="utf-8")'],
    ],
)
def test_text_with_an_encoding_is_left_alone(source):
    """The negative control: binary files and named encodings are not reported."""
    assert without_encoding(source) == []


def test_the_contract_is_checked_on_a_machine_that_knows_ascii_alone(suite):
    """Files with other letters are read, and the result is the same."""
    result = suite.run("-k", "plan or criteria", env=ASCII)
    assert result.status == 0, result.output


def test_a_command_prints_utf_8_on_a_machine_that_knows_ascii_alone(tmp_path):
    """What `make documents` writes does not depend on the machine."""
    printed = subprocess.run(
        [sys.executable, "-m", "conformance", "criteria"],
        cwd=ROOT,
        env=clean_environment(tmp_path) | ASCII,
        capture_output=True,
        check=False,
    )
    assert printed.stderr == b""
    assert printed.stdout == (ROOT / "CRITERIA.md").read_bytes()
