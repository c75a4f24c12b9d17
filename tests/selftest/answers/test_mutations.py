"""Every member is changed in every way, and who does not notice is found out."""

import json
from datetime import UTC, datetime

import pytest

from conformance.aws.members import output_shape
from tests.selftest.answers.decisions import load_decisions
from tests.selftest.answers.examination import Examination
from tests.selftest.answers.mutations import NOVEL, changes, closed, opened, spots
from tests.selftest.answers.notices import FAULT, Notice, Place

TABLE = {
    "TableName": "users",
    "TableStatus": "ACTIVE",
    "CreationDateTime": datetime(2026, 1, 2, tzinfo=UTC),
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
}
POLICY = {"Policy": json.dumps({"Statement": [{"Effect": "Allow"}]}), "RevisionId": "1"}
PLACE = Place("dynamodb", "DescribeTable", "Table.TableStatus")


def changed(answer, operation, path):
    """Return each change of the first such member, and the answer after it."""
    shape = output_shape("dynamodb", operation)

    def spot():
        copy = opened(answer)
        return copy, next(one for one in spots(copy, shape) if one.path == path)

    for number, _ in enumerate(list(changes(spot()[1]))):
        copy, place = spot()
        change = list(changes(place))[number]
        change.make(place)
        yield change, closed(copy)


def kinds(path):
    """Return the kinds of changes of a member of the table, with the values."""
    return [
        (change.kind, change.told)
        for change, _ in changed({"Table": TABLE}, "DescribeTable", path)
    ]


def test_a_value_of_an_enum_becomes_every_other_one():
    """Those of botocore's model, one that nobody knows, and none."""
    told = kinds("Table.TableStatus")
    assert ("another", "DELETING") in told
    assert ("another", "ACTIVE") not in told
    assert {("unknown", NOVEL), ("absent", "absent")} <= set(told)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Table.KeySchema", {"absent", "empty", "more", "less"}),
        ("Table.CreationDateTime", {"absent", "another"}),
        ("Table.SSEDescription", {"another"}),
        ("Table.MultiRegionConsistency", {"another", "unknown"}),
        ("Table.ItemCount", {"another"}),
    ],
)
def test_a_member_is_changed_in_every_way(path, wanted):
    """What the answer lacks is put in."""
    assert {kind for kind, _ in kinds(path)} == wanted


def test_a_document_within_text_is_changed_as_text():
    """A reader gets JSON, as AWS gives it."""
    path = "Policy (JSON).Statement[].Effect"
    documents = [
        json.loads(answer["Policy"])
        for _, answer in changed(POLICY, "GetResourcePolicy", path)
    ]
    assert {"Statement": [{"Effect": "Allowx"}]} in documents
    assert {"Statement": [{}]} in documents


def test_an_answer_that_is_not_changed_is_as_it_was():
    """Opening and closing add nothing."""
    assert closed(opened({"Table": TABLE})) == {"Table": TABLE}
    assert closed(opened(POLICY)) == POLICY


def problems(*notices):
    """Return what is wrong with these notices of one member."""
    found = Examination(load_decisions())
    found.add("sit", PLACE, notices)
    return list(found.problems)


DELETING = Notice(PLACE, "another", "DELETING", {"TBL-1": {"FAIL"}})


def test_a_python_exception_is_a_problem():
    """It is shown with the change that led to it."""
    fault = Notice(PLACE, "absent", "absent", {"TBL-1": {"ERROR"}}, [FAULT])
    (problem,) = problems(fault)
    assert problem.endswith(f"(sit), absent: {FAULT}")


def test_an_unknown_value_that_passes_is_a_problem():
    """If another value stops the criterion."""
    (problem,) = problems(DELETING, Notice(PLACE, "unknown", NOVEL))
    assert "TBL-1 minds DELETING and passes a value that nobody knows" in problem
    assert (
        problems(DELETING, Notice(PLACE, "unknown", NOVEL, {"TBL-1": {"FAIL"}})) == []
    )


def test_a_member_that_nobody_notices_is_a_problem():
    """Unless the data have the reason."""
    (problem,) = problems(Notice(PLACE, "absent", "absent"))
    assert problem.endswith("noticed by no criterion, nor in ignored.toml")
