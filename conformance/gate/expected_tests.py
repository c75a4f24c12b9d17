"""Every test that must have been found conformant, read from the files alone."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.config.reader import ROOT
from conformance.model.criterion import Catalogue
from conformance.model.load_criteria import decided_by_load, test_of
from conformance.run.session import subjects

_FIXTURES = (
    "conformance/pytest_plugin/fixtures/*.py",
    "tests/*/conftest.py",
    "conftest.py",
)
_CHECKS = tuple(f"tests/{it}/test_*.py" for it in ("contract", "live", "dr"))


@dataclass(frozen=True)
class _Check:
    """A check as its file has it."""

    test: str
    """File and function, as pytest names them."""
    criterion: str
    fixtures: frozenset[str]
    """Those that it names itself."""


def expected_tests(
    environment: Environment, declared: Declared, catalogue: Catalogue
) -> dict[str, set[str]]:
    """The tests that decide each criterion here, by criterion.

    Whoever ran a part of them has not decided the criterion: what a run selected does
    not count, what the repository holds does. It is what pytest would collect, without
    the time that this takes.
    """
    known = _fixtures()
    tests: dict[str, set[str]] = {}
    for check in _checks():
        criterion = catalogue.get(check.criterion)
        if criterion is None:
            continue
        needed = _closure(check.fixtures, known)
        for subject in subjects(declared, needed, environment.regions):
            if environment.scope(subject.region) in criterion.scope:
                name = f"{check.test}[{criterion.id}-{subject.id}]"
                tests.setdefault(criterion.id, set()).add(name)
    primary = environment.regions[0]
    for decided, about in decided_by_load(declared.tables):
        if environment.scope(primary) in catalogue[decided].scope:
            tests.setdefault(decided, set()).add(test_of(decided, primary, about))
    return tests


def _checks() -> Iterator[_Check]:
    for path in _files(_CHECKS):
        for function in _functions(path):
            marks = dict(_marks(function))
            if function.name.startswith("test_") and "criterion" in marks:
                yield _Check(
                    f"{path.relative_to(ROOT).as_posix()}::{function.name}",
                    marks["criterion"][0],
                    frozenset([*_arguments(function), *marks.get("usefixtures", ())]),
                )


def _fixtures() -> dict[str, tuple[str, ...]]:
    """What each fixture of the suite asks for."""
    return {
        function.name: tuple(_arguments(function))
        for path in _files((*_FIXTURES, *_CHECKS))
        for function in _functions(path)
        if any("pytest.fixture" in ast.unparse(it) for it in function.decorator_list)
    }


def _closure(
    names: Iterable[str], known: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """These fixtures and all that they ask for, directly or not."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += known.get(name, ())
    return frozenset(found)


def _files(patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(ROOT.glob(pattern))


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node


def _marks(function: ast.FunctionDef) -> Iterator[tuple[str, list[str]]]:
    """The marks that are called, with their arguments."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            name = ast.unparse(decorator.func)
            if name.startswith("pytest.mark."):
                values = [ast.literal_eval(it) for it in decorator.args]
                yield name.rpartition(".")[2], values


def _arguments(function: ast.FunctionDef) -> list[str]:
    return [each.arg for each in function.args.args]
