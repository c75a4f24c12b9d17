"""Each member of a good plan, left out or of another type: refused, or judged honestly.

A mutation ends with one refusal that names a field, or with an outcome of every check.
"""

import json

import pytest

from conformance.model.errors import BadInputError
from tests.selftest.terraform_plans import KEY_ARN, applied, created
from tests.selftest.terraform_review import TABLE, TABLES, judged

__all__ = ["judged"]

ABSENT = object()
OTHERS = (None, True, 7, "text", [], ["text"], [None], {}, {"text": 1})
FREE = {"_comment", "provider_name", "index", "applyable"}
"""Members that the review does not read."""


def members(node, path=()):
    """Every member of a document, with one resource of each type for all of them."""
    if isinstance(node, dict):
        for name in sorted(set(node) - FREE):
            yield (*path, name)
            yield from members(node[name], (*path, name))
    elif isinstance(node, list):
        kinds = set()
        for position, entry in enumerate(node):
            kind = entry.get("type") if isinstance(entry, dict) else None
            if kind not in kinds:
                kinds.add(kind)
                yield (*path, position)
                yield from members(entry, (*path, position))


def doubled(document, path):
    """The list at a place with each entry twice; nothing where there is no list."""
    for step in path:
        document = document[step]
    if isinstance(document, list) and document:
        yield document * 2


def changed(document, path, value):
    """The document with another value, or none, at one place."""
    document = json.loads(json.dumps(document))
    *steps, last = path
    node = document
    for step in steps:
        node = node[step]
    if value is ABSENT:
        del node[last]
    else:
        node[last] = value
    return document


def mutations(document, every):
    """Documents that differ at one place, with the place and the value."""
    places = [
        (path, value)
        for path in members(document)
        for value in (ABSENT, *OTHERS, *doubled(document, path))
    ]
    for path, value in places[::every]:
        yield path, value, changed(document, path, value)


def unchanged(*tables):
    """The plan of the next day of which Terraform lists no change."""
    return applied(created(*tables)) | {"resource_changes": []}


def replicated(*tables):
    """The plan that changes every table in place, with a replica and maxima."""
    plan = applied(created(*tables))
    maxima = [{"max_read_request_units": 9, "max_write_request_units": 9}]
    replica = {"region_name": "af-south-1", "kms_key_arn": KEY_ARN}
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["change"]["after"]["replica"] = [replica]
            entry["change"]["after"]["on_demand_throughput"] = maxima
    return plan


PLANS = {
    "created": created,
    "applied": lambda *tables: applied(created(*tables)),
    "unchanged": unchanged,
    "replicated": replicated,
}


@pytest.mark.parametrize(
    "every", [37, pytest.param(1, marks=pytest.mark.long)], ids=["sample", "all"]
)
@pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)
def test_a_malformed_plan_is_refused_or_judged_honestly(judged, make, every):
    """No mutation of any member ends in an exception of Python."""
    wrong = []
    for path, value, document in mutations(make(*TABLES), every):
        try:
            judged(document)
        except BadInputError as refusal:
            said = str(refusal)
            if not any(
                word in said for word in ("expected", "allowed", "is missing", "plan ")
            ):
                wrong.append((path, value, said))
        except Exception as problem:  # noqa: BLE001 -- whatever it is, it is listed
            wrong.append((path, value, repr(problem)))
    assert wrong == []


@pytest.mark.parametrize("field", ["before", "after", "after_unknown", "actions"])
def test_a_change_that_lacks_a_field_is_refused_by_its_name(judged, field):
    """The message names the field, and does not repeat it for every resource."""
    plan = created(*TABLES)
    for entry in plan["resource_changes"]:
        del entry["change"][field]
    with pytest.raises(BadInputError) as refusal:
        judged(plan)
    lines = str(refusal.value).splitlines()
    assert f"resource_changes[0].change.{field} is missing" in lines[0]
    assert len(lines) <= len(plan["resource_changes"])
