"""Each fixture says its subjects, and what it reads ahead, in one place."""

import inspect
import re
import typing
from importlib import import_module
from types import SimpleNamespace

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.deployed import DeployedEnvironment, DeployedIndex, DeployedRegion
from conformance.deployed.facts import Prefetched, prefetched
from conformance.pytest_plugin import subject_fixtures
from conformance.pytest_plugin.subject_fixtures import subjects
from conformance.run.subject import Subject
from tests.selftest.twin_env import ROOT

FIXTURES = {
    name: inspect.unwrap(fixture)
    for path in sorted((ROOT / "conformance/pytest_plugin/fixtures").glob("*.py"))
    for name, fixture in vars(
        import_module(f"conformance.pytest_plugin.fixtures.{path.stem}")
    ).items()
    if type(fixture).__name__ == "FixtureFunctionDefinition"
}
BASE = {"region", "subject"}
"""The two that every noun is made of."""
ELSEWHERE = {"previous_table"}
"""Read in another environment, by other clients: nothing of it is read ahead."""
PART_OF_A_SUBJECT = re.compile(r"\bsubject\.(table|index|part)\b")
PROD = load_environment("prod")
DECLARED = load_declared(PROD)


def _has_facts(kind):
    """Tell classes with facts of their own, which are worth reading ahead."""
    return any(isinstance(member, Prefetched) for member in vars(kind).values())


def _asked(name):
    """Every fixture of the suite that this one asks for, directly or not."""
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in FIXTURES and one not in found:
            found.add(one)
            waiting += inspect.signature(FIXTURES[one]).parameters
    return found


def test_fixtures_are_found():
    """A search that finds nothing would forget everything."""
    assert {"region", "deployed", "deployed_index", "pitr_restore"} <= set(FIXTURES)


@pytest.mark.parametrize("name", sorted(set(FIXTURES) - BASE - ELSEWHERE))
def test_what_has_facts_is_a_noun(name):
    """A fixture that gives something deployed is made by `noun`: it is read ahead."""
    given = typing.get_type_hints(FIXTURES[name]).get("return")
    if inspect.isclass(given) and _has_facts(given):
        assert name in subject_fixtures.MAKERS, f"{name}: make it by @noun"


@pytest.mark.parametrize("name", sorted(set(FIXTURES) - BASE))
def test_what_reads_a_subject_says_its_kind(name):
    """Without a kind of subject the check would be made once, about the region."""
    if PART_OF_A_SUBJECT.search(inspect.getsource(FIXTURES[name])):
        kinds = _asked(name) & set(subject_fixtures.KINDS)
        assert kinds, f"{name}: mark it by @about, or make it by @noun"


def test_a_noun_is_made_of_region_and_subject_alone():
    """Whatever else it asked for could not be made before the first check."""
    with pytest.raises(TypeError, match="a noun has a region and a subject"):

        @subject_fixtures.noun()
        def unmakeable(region, contract):
            """Ask for what is not there yet."""


def test_kinds_of_subjects_in_the_order_of_ids():
    """Regions, then tables, then indexes or kinds of restores."""
    indexes = subjects(DECLARED, ["declared", "declared_index"], PROD.regions)
    assert indexes[0] == Subject("af-south-1", "campaigns", "CampaignsByDate")
    assert indexes == sorted(indexes)
    tables = subjects(DECLARED, ["region", "deployed"], PROD.regions)
    assert {subject.index for subject in tables} == {""}
    restores = subjects(DECLARED, ["declared", "backup_restore"], ["eu-west-1"])
    assert [subject.id for subject in restores[:2]] == [
        "eu-west-1-campaigns-backup",
        "eu-west-1-campaigns-point",
    ]


def test_what_nobody_declared_is_about_the_region():
    """Then the fixture of the check says that there is nothing to judge."""
    nobody = SimpleNamespace(
        tables=DECLARED.tables, services=SimpleNamespace(services={})
    )
    found = subjects(nobody, ["region", "deployed_service"], ["eu-west-1"])
    assert found == [Subject("eu-west-1")]


def test_two_kinds_at_once_are_refused():
    """A check about services and alarms at once would be made for some of them."""
    with pytest.raises(pytest.UsageError, match="different subjects"):
        subjects(DECLARED, ["deployed_service", "declared_alarm"], ["eu-west-1"])


class Answers:
    """Facts that note each request, and answer DescribeTable alone."""

    environment = PROD

    def __init__(self):
        self.asked = []

    def read(self, _service, region, operation, **_parameters):
        """Answer with a table that has one index."""
        self.asked.append((operation, region))
        name = {"IndexName": "CampaignsByDate", "IndexStatus": "ACTIVE"}
        return {"Table": {"GlobalSecondaryIndexes": [name], "AttributeDefinitions": []}}


@pytest.fixture
def insights(monkeypatch):
    """Facts of an index and of a region that take a request of their own."""

    class Index(DeployedIndex):
        @prefetched
        def insights(self):
            """Read what the index alone answers."""
            return self.facts.read("dynamodb", self.region, "DescribeInsights")

    class Region(DeployedRegion):
        @prefetched
        def limits(self):
            """Read what the region alone answers."""
            return self._facts.read("dynamodb", self.name, "DescribeLimits")

    monkeypatch.setattr("conformance.deployed.table.DeployedIndex", Index)
    monkeypatch.setattr("conformance.deployed.region.DeployedRegion", Region)


@pytest.mark.usefixtures("insights")
def test_facts_of_an_index_and_of_a_region_are_read_ahead():
    """Each has a place for a fact that needs its own request."""
    answers = Answers()
    subject = Subject("eu-west-1", "campaigns", "CampaignsByDate")
    item = SimpleNamespace(
        callspec=SimpleNamespace(params={"subject": subject}),
        fixturenames=["region", "deployed_index"],
    )
    subject_fixtures.read_ahead(DeployedEnvironment(answers, DECLARED), [item])
    assert ("DescribeInsights", "eu-west-1") in answers.asked
    assert ("DescribeLimits", "eu-west-1") in answers.asked
    assert ("ListTagsOfResource", "eu-west-1") in answers.asked
    assert {region for _, region in answers.asked} == {"eu-west-1"}


def test_a_noun_that_cannot_be_made_is_left_to_its_check():
    """Nothing is read ahead of it, and the check says why."""
    subject = Subject("eu-west-1", "campaigns")
    item = SimpleNamespace(
        callspec=SimpleNamespace(params={"subject": subject}),
        fixturenames=["tenancy"],
    )
    subject_fixtures.read_ahead(DeployedEnvironment(Answers(), DECLARED), [item])
