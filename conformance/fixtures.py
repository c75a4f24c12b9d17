"""The nouns of the checks, as fixtures."""

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.checking import NUMBERS, subject_of
from conformance.declared import Declared
from conformance.deployed import (
    DeployedEnvironment,
    DeployedIndex,
    DeployedRegion,
    DeployedTable,
    prefetch,
)
from conformance.environment import Environment
from conformance.errors import BadInputError, NotApplicableError, NotAssessedError
from conformance.interlock import require
from conformance.probes.items import Items, require_writable
from conformance.probes.queries import IndexItems
from conformance.probes.streams import Change, changes, expected_changes
from conformance.probes.writes import Writes
from conformance.suite import Subject, Suite
from conformance.table import OFF, Index, Table

SUITE = pytest.StashKey[Suite]()


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> Suite:
    """What this process works with."""
    return request.config.stash[SUITE]


@pytest.fixture(scope="session")
def environment(suite: Suite) -> Environment:
    """The environment as its file describes it."""
    return suite.environment


@pytest.fixture(scope="session")
def contract(suite: Suite) -> Declared:
    """Everything that was declared."""
    return suite.declared


@pytest.fixture(scope="session")
def deployed_environment(
    suite: Suite, request: pytest.FixtureRequest
) -> DeployedEnvironment:
    """The environment as it is, with the facts of all selected checks read ahead."""
    if suite.deployed is None:
        try:
            suite.open()
        except BadInputError as problem:
            pytest.exit(str(problem), returncode=4)
    assert suite.deployed is not None  # noqa: S101 -- opened above
    regions = suite.deployed.regions
    wanted = {subject_of(item) for item in request.session.items}
    nouns: list[object] = [suite.deployed]
    nouns += [regions[it] for it in {subject.region for subject in wanted} if it]
    nouns += [
        regions[region].tables[table]
        for region, table in {(it.region, it.table) for it in wanted}
        if region and table
    ]
    prefetch(nouns)
    return suite.deployed


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject:
    """What the check is about."""
    subject: Subject = request.param
    return subject


@pytest.fixture
def region(
    deployed_environment: DeployedEnvironment, subject: Subject
) -> DeployedRegion:
    """The deployed region."""
    return deployed_environment.regions[subject.region]


@pytest.fixture
def declared(contract: Declared, subject: Subject) -> Table:
    """The declared table."""
    return contract.tables[subject.table]


@pytest.fixture
def deployed(region: DeployedRegion, subject: Subject) -> DeployedTable:
    """The deployed table."""
    return region.tables[subject.table]


@pytest.fixture
def declared_index(declared: Table, subject: Subject) -> Index:
    """The declared index."""
    return declared.indexes[subject.index]


@pytest.fixture
def deployed_index(deployed: DeployedTable, subject: Subject) -> DeployedIndex:
    """The deployed index, which may be missing."""
    return deployed.index(subject.index)


@pytest.fixture
def numbers(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Where a check puts what it measured, with the unit in the name."""
    numbers: dict[str, Any] = request.node.stash.setdefault(NUMBERS, {})
    return numbers


@pytest.fixture
def items(suite: Suite, declared: Table, deployed: DeployedTable) -> Iterator[Items]:
    """Items of our own in the table; gone after the check."""
    with_items = _items(suite, declared, deployed)
    yield with_items
    with_items.clear()


@pytest.fixture
def partner_items(
    suite: Suite, region: DeployedRegion, declared: Table
) -> Iterator[Items]:
    """Items of our own in the next declared table."""
    names = sorted(suite.declared.tables)
    partner = names[(names.index(declared.name) + 1) % len(names)]
    with_items = _items(suite, suite.declared.tables[partner], region.tables[partner])
    yield with_items
    with_items.clear()


@pytest.fixture
def index_items(
    items: Items, declared_index: Index, deployed_index: DeployedIndex
) -> IndexItems:
    """Items of our own, seen through the index."""
    if deployed_index.status != "ACTIVE" or deployed_index.backfilling:
        missing = deployed_index.status == "MISSING"
        raise NotAssessedError(
            f"index {'missing' if missing else 'not ACTIVE'} (GSI-1)"
        )
    observed = (deployed_index.key, deployed_index.projection)
    if observed != (declared_index.key, declared_index.projection):
        raise NotAssessedError("index is not as declared (GSI-2)")
    return IndexItems(items, declared_index)


@pytest.fixture
def writes(items: Items) -> Writes:
    """Exercises on items of our own in the table."""
    return Writes(items)


@pytest.fixture
def declared_changes(declared: Table) -> list[Change]:
    """What a stream of the declared view says of a put, an update and a delete."""
    return expected_changes(declared.stream)


@pytest.fixture
def stream_changes(
    suite: Suite, declared: Table, deployed: DeployedTable, items: Items
) -> list[Change]:
    """What the stream said of a put, an update and a delete of ours."""
    if declared.stream == OFF:
        raise NotApplicableError("no stream is declared for this table")
    if deployed.stream != declared.stream:
        raise NotAssessedError("stream is not as declared (TBL-5)")
    assert suite.door is not None  # noqa: S101 -- the table was read through it
    return changes(suite.door, items)


def _items(suite: Suite, declared: Table, deployed: DeployedTable) -> Items:
    """Items that may be written here.

    Raises:
        NotAssessedError: the environment does not allow it, or they would not fit.
    """
    require(suite.environment, "data")
    require_writable(declared, deployed, suite.environment.consumers_accepted)
    assert suite.door is not None  # noqa: S101 -- the table was read through it
    return Items(suite.door, declared, deployed, suite.worker)
