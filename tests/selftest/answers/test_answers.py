"""Whoever changes a member of an answer is noticed, or the data say why not."""

import re

import pytest

from conformance.aws.members import output_shape
from conformance.model.operations import READ
from tests.selftest.answers.decisions import load_decisions
from tests.selftest.answers.examination import Examination
from tests.selftest.answers.notices import Witnesses
from tests.selftest.answers.page import members_of_page
from tests.selftest.twin_env import ROOT

STEP = 23
"""One member in so many is the sample; `make answers` examines all."""
ASKED = [operation for operation, members in members_of_page().items() if members]
STALE = "docs/answers.md is stale: run make answers, and decide what is new"


def test_a_sample_of_members_is_noticed_or_decided(sit, prod):
    """No Python exception, no unknown value that passes, no member in silence."""
    witnesses = {"sit": Witnesses(sit), "prod": Witnesses(prod)}
    places = {name: known.places() for name, known in witnesses.items()}
    found = Examination(load_decisions())
    for place in sorted({*places["sit"], *places["prod"]})[::STEP]:
        for name, known in witnesses.items():
            if place in places[name]:
                found.add(name, place, known.notices(place))
    assert len(found.notices) > 40
    assert list(found.problems) == []


def test_the_page_has_every_operation_that_is_read():
    """An operation that the suite learns is examined, too."""
    operations = {f"{service}:{name}" for service in READ for name in READ[service]}
    assert members_of_page().keys() == operations, STALE


@pytest.mark.parametrize(
    "operation", [name for name, some in members_of_page().items() if some]
)
def test_the_page_has_every_member_that_botocore_knows(operation):
    """A member that AWS adds shows when the lock is renewed."""
    members = members_of_page()[operation]
    shape = output_shape(*operation.split(":"))
    assert set(_known(shape, "", members)) - members == set(), STALE


def _known(shape, path, members):
    """Yield the members of a shape, and those within the members that the page has."""
    for name, inner in shape.members.items():
        if name == "ResponseMetadata":
            continue
        member = f"{path}.{name}" if path else name
        yield member
        yield from _within(inner, member, members)


def _within(shape, path, members):
    # Of a structure that no answer has the page has no members.
    begun = any(known.startswith(f"{path}.") for known in members)
    match shape.type_name:
        case "structure" if begun:
            yield from _known(shape, path, members)
        case "list":
            yield from _within(shape.member, f"{path}[]", members)


def _code():
    files = [*(ROOT / "conformance" / "deployed").rglob("*.py")]
    files += (ROOT / "conformance" / "model").rglob("*.py")
    files += (ROOT / "conformance" / "probes").rglob("*.py")
    return "".join(file.read_text(encoding="utf-8") for file in files)


def test_what_is_read_elsewhere_is_read():
    """Its name stands in the code of the readers."""
    code = _code()
    names = {
        re.split(r"[ .]", member.rstrip("[]{}*"))[-1]
        for decision in load_decisions().members
        if decision.kind == "elsewhere"
        for member in decision.members
    }
    quoted = {text[1:-1] for text in re.findall(r"\"\w+\"|'\w+'", code)}
    assert names - quoted == set()
