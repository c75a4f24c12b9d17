"""Which shapes of a restored table are compared, and which one decides nothing."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.config.environment import RestoreDestination
from conformance.drills.leftovers import Place
from conformance.drills.settings_repair import Shape, require_key
from conformance.model.errors import NotAssessedError

SHAPE = Shape("id", {}, "KMS ENABLED, CUSTOMER_MANAGED", "PAY_PER_REQUEST")
DOWNGRADED = replace(SHAPE, encryption="KMS ENABLED, AWS_MANAGED")
INTO = RestoreDestination("1", "eu-west-1", "copies")


def place_of(into):
    """A place of an environment whose copies are restored into this."""
    environment = SimpleNamespace(restore_into=into, source=Path("prod.toml"))
    return Place(SimpleNamespace(environment=environment), "eu-west-1", frozenset())


def test_a_key_that_nobody_declared_decides_nothing():
    """A customer's key that came back as AWS's is not assessed, and says the cure."""
    with pytest.raises(NotAssessedError, match=r"kms_key_arn .* prod\.toml"):
        require_key(SHAPE, DOWNGRADED, place_of(INTO))


@pytest.mark.parametrize(
    ("source", "restored", "key"),
    [
        (SHAPE, DOWNGRADED, "arn:aws:kms:eu-west-1:1:key/1"),
        (SHAPE, replace(SHAPE, encryption="AWS_OWNED"), None),
        (SHAPE, replace(DOWNGRADED, indexes={"by_x": "x"}), None),
        (DOWNGRADED, DOWNGRADED, None),
    ],
    ids=["declared", "lost", "more differs", "AWS's own"],
)
def test_any_other_shape_is_compared(source, restored, key):
    """What differs in more than an undeclared key is decided by comparing."""
    require_key(source, restored, place_of(replace(INTO, kms_key_arn=key)))
