"""Each member of a good plan, left out or of another type: refused, or judged honestly.

A mutation ends with one refusal that names a field, or with an outcome of every check.
"""

import copy

import pytest

from conformance.model.errors import BadInputError
from tests.selftest.terraform_plans import applied, created
from tests.selftest.terraform_review import TABLES, judged

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


def changed(document, path, value):
    """The document with another value, or none, at one place."""
    document = copy.deepcopy(document)
    *steps, last = path
    node = document
    for step in steps:
        node = node[step]
    if value is ABSENT:
        del node[last]
    else:
        node[last] = value
    return document


def mutations(document):
    """Every document that differs at one place, with the place and the value."""
    for path in members(document):
        for value in (ABSENT, *OTHERS):
            yield path, value, changed(document, path, value)


PLANS = {"created": created, "applied": lambda *tables: applied(created(*tables))}


@pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)
def test_a_malformed_plan_is_refused_or_judged_honestly(judged, make):
    """No mutation of any member ends in an exception of Python."""
    wrong = []
    for path, value, document in mutations(make(*TABLES)):
        try:
            judged(document)
        except BadInputError as refusal:
            if not str(refusal).strip():
                wrong.append((path, value, "refused without a message"))
        except Exception as problem:  # noqa: BLE001 -- whatever it is, it is listed
            wrong.append((path, value, repr(problem)))
    assert wrong == []
