"""Nouns of the checks: where a fixture says its subjects, and what is read ahead.

A fixture that reads `subject` is marked by `about`. A fixture that gives something
deployed is made by `noun`, and by nothing else: then its facts are read ahead. What is
forgotten here fails in the self-tests.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from conformance.aws.recorder import collecting
from conformance.config.declared import Declared
from conformance.deployed import DeployedEnvironment, DeployedRegion, prefetch
from conformance.run.findings import subject_of
from conformance.run.subject import Subject

F = TypeVar("F", bound=Callable[..., object])
ANYWHERE = ""
"""The region of a subject that is the same in all regions."""


@dataclass(frozen=True)
class Kind:
    """A kind of subject: what a check is about in each region."""

    rank: int
    """If a check asks for several kinds, the lowest rank decides."""
    of: Callable[[Declared], list[Subject]]
    """The subjects of this kind that are declared."""
    optional: bool = False
    """If none is declared, the check is about the region, and its fixture says so."""


def restores(*methods: str) -> Kind:
    """Return the kind of each table with each of these methods of restoring it."""

    def of(declared: Declared) -> list[Subject]:
        return [
            Subject(ANYWHERE, table, part=method)
            for table in sorted(declared.tables)
            for method in methods
        ]

    return Kind(0, of)


def parts(names: Callable[[Declared], Iterable[str]]) -> Kind:
    """Return the kind of everything that is declared under these names."""

    def of(declared: Declared) -> list[Subject]:
        return [Subject(ANYWHERE, part=name) for name in sorted(names(declared))]

    return Kind(1, of, optional=True)


def _indexes(declared: Declared) -> list[Subject]:
    return [
        Subject(ANYWHERE, table, index)
        for table in sorted(declared.tables)
        for index in sorted(declared.tables[table].indexes)
    ]


def _tables(declared: Declared) -> list[Subject]:
    return [Subject(ANYWHERE, table) for table in sorted(declared.tables)]


INDEXES = Kind(2, _indexes)
TABLES = Kind(3, _tables)
REGIONS = Kind(4, lambda _: [Subject(ANYWHERE)])
KINDS: dict[str, Kind] = {}
"""The kind of subject that each fixture asks for, by the fixture's name."""
MAKERS: dict[str, Callable[..., object]] = {}
"""The functions that make nouns of a region and a subject, by the fixture's name."""


def about(kind: Kind) -> Callable[[F], F]:
    """Mark a fixture: a check that asks for it is made once for each such subject."""

    def mark(function: F) -> F:
        KINDS[function.__name__] = kind
        return function

    return mark


def noun(kind: Kind = REGIONS) -> Callable[[Callable[..., object]], Any]:
    """Make a fixture of a function of `region` and `subject`; read its facts ahead.

    The function may ask for one of the two. It must not send a request of its own,
    beyond that for the table itself.
    """

    def make(function: Callable[..., object]) -> Any:
        asked = set(inspect.signature(function).parameters)
        if not asked <= {"region", "subject"}:
            raise TypeError(f"{function.__name__}: a noun has a region and a subject")
        MAKERS[function.__name__] = function
        return pytest.fixture(about(kind)(function))

    return make


def subjects(
    declared: Declared, fixtures: Collection[str], regions: Iterable[str]
) -> list[Subject]:
    """Return every subject of a check that asks for these fixtures, sorted by region.

    Raises:
        UsageError: the fixtures ask for two kinds of subjects that exclude each other.
    """
    asked = [KINDS[name] for name in fixtures if name in KINDS]
    kinds = sorted({id(kind): kind for kind in [*asked, REGIONS]}.values(), key=_rank)
    kind = next(kind for kind in kinds if not kind.optional or kind.of(declared))
    rivals = [name for name in fixtures if KINDS.get(name, kind).rank == kind.rank]
    if any(KINDS.get(name, kind) is not kind for name in rivals):
        raise pytest.UsageError(f"{', '.join(rivals)} are about different subjects")
    return [
        replace(subject, region=region)
        for region in sorted(regions)
        for subject in kind.of(declared)
    ]


def _rank(kind: Kind) -> int:
    return kind.rank


def read_ahead(deployed: DeployedEnvironment, items: Iterable[pytest.Item]) -> None:
    """Read the facts of all nouns of these tests, in parallel.

    The tables come first, as a noun may need to know whether its table is there.
    Errors wait for the check that reads the fact.
    """
    asked = {
        (subject, name)
        for item in items
        if (subject := subject_of(item)).region
        for name in getattr(item, "fixturenames", ())
        if name in MAKERS or name == "region"
    }
    regions = deployed.regions
    places = {(subject.region, subject.table) for subject, _ in asked if subject.table}
    prefetch([regions[region].tables[table] for region, table in places])
    nouns: dict[int, object] = {}
    with collecting():  # no check rests on what is read here
        for subject, name in asked:
            with suppress(Exception):
                made = _make(name, regions[subject.region], subject)
                nouns[id(made)] = made
    prefetch(nouns.values())


def _make(name: str, region: DeployedRegion, subject: Subject) -> object:
    if name == "region":
        return region
    function = MAKERS[name]
    given: Mapping[str, object] = {"region": region, "subject": subject}
    parameters = inspect.signature(function).parameters
    return function(**{name: given[name] for name in parameters})
