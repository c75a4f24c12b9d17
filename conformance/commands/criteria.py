"""`python -m conformance criteria`: the page that CRITERIA.md is."""

import argparse
import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.config.criteria import load_catalogue
from conformance.config.file_reader import ROOT
from conformance.model.criterion import Catalogue, Criterion

_SCOPE = {"D": "dev", "S": "sit", "P": "prod", "R": "prod's replica"}
_HEAD = """\
# Criteria

Every line of the promotion plan that a person would tick, and what is checked for it.
Written by `python -m conformance criteria`; the requirements are the checks' own words.
"""


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser("criteria", help="print CRITERIA.md")
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    print(_page(load_catalogue()), end="")
    return 0


def _page(catalogue: Catalogue) -> str:
    """Return the whole page, in Markdown."""
    requirements: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").glob("[cld]*/test_*.py")):
        for criterion, requirement in _requirements(file):
            requirements.setdefault(criterion, []).append(requirement)
    sections = [
        _criterion(criterion, requirements.get(criterion.id, []))
        for criterion in catalogue.values()
    ]
    return "\n".join([_HEAD, *sections])


def _criterion(criterion: Criterion, requirements: list[str]) -> str:
    scope = ", ".join(_SCOPE[letter] for letter in _SCOPE if letter in criterion.scope)
    lines = [f"## {criterion.id}", "", criterion.title.rstrip(".") + ".", ""]
    if criterion.plan:
        lines.append(f"- Plan: {criterion.plan}")
    lines += [
        f"- Decided in: {scope}",
        f"- Kind: {criterion.kind}; {_level(criterion)}",
        f"- Gates: {', '.join(sorted(criterion.gates)) or 'none'}",
        f"- Acts on it: {criterion.role}",
        "",
    ]
    for requirement in requirements:
        lines += [*(f"> {line}".rstrip() for line in requirement.splitlines()), ""]
    return "\n".join(lines)


def _level(criterion: Criterion) -> str:
    advisory = ", ".join(sorted(criterion.advisory_in))
    return f"{criterion.level}, advisory in {advisory}" if advisory else criterion.level


def _requirements(file: Path) -> Iterator[tuple[str, str]]:
    """Yield criterion and docstring of each check in a file, in its order.

    The file is parsed and not imported: a collection would leave out a check of indexes
    where schemas.json has none, and the page is the same for every contract.
    """
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if "mark.criterion" in ast.unparse(decorator):
                    name = ast.literal_eval(decorator.args[0])  # type: ignore[attr-defined]
                    yield name, inspect.cleandoc(ast.get_docstring(node) or "")
