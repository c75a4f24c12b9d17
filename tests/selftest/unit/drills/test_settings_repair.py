"""Which shapes of a restored table are compared, and which one decides nothing."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.config.environment import RestoreDestination
from conformance.drills.leftovers import Place
from conformance.drills.settings_repair import Shape, repairs, require_key, shape_of
from conformance.model.errors import NotAssessedError
from conformance.model.table import OFF, STANDARD

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


def test_the_table_class_is_repaired_where_it_was_another_one():
    """A restore always makes a table of the class STANDARD."""
    source = SimpleNamespace(
        recovery_status="DISABLED",
        ttl=OFF,
        stream=OFF,
        table_class="STANDARD_INFREQUENT_ACCESS",
        deletion_protection=False,
        tags={},
    )
    wanted = {"TableName": "orders", "TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert list(repairs(source, "orders", "arn")) == [
        ("table class", "update_table", wanted)
    ]
    source.table_class = STANDARD
    assert list(repairs(source, "orders", "arn")) == []


def test_a_local_index_that_a_restore_lost_shows_in_the_shape():
    """Indexes of every kind belong to the shape, not only global ones."""
    table = SimpleNamespace(
        key="id", encryption="AWS_OWNED", capacity_mode="PAY_PER_REQUEST"
    )
    table.index_shapes = {"by_x": "x", "by_y (local)": "y"}
    source = shape_of(table)
    table.index_shapes = {"by_x": "x"}
    assert shape_of(table) != source
    assert "by_y (local): y" in repr(source)
