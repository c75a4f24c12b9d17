"""Tables with every kind of key, for tests of items; hypothesis draws the same ones."""

from conformance.model.table import OFF, Attribute, Index, Key, Projection, Table

ID = Attribute("id", "S")
STEP = Attribute("step", "N")
DIGEST = Attribute("digest", "B")
DAY = Attribute("day", "S")


def table(key, *index_keys):
    """A table with this key and an index for each further key."""
    indexes = {
        f"index-{n}": Index(f"index-{n}", key, Projection("ALL"))
        for n, key in enumerate(index_keys)
    }
    return Table(
        name="things",
        key=key,
        indexes=indexes,
        capacity_mode="PAY_PER_REQUEST",
        stream=OFF,
        ttl="expires_at",
        tags={},
        recovery_status="ENABLED",
        recovery_days=35,
        key_class="AWS_MANAGED",
        deletion_protection=True,
        sample={"id": {"S": "a"}, "name": {"S": "b"}},
        reserved_words=frozenset(),
    )


TABLES = {
    "string": table(Key(ID)),
    "number-sort": table(Key(ID, STEP), Key(DAY, STEP)),
    "binary": table(Key(DIGEST, ID), Key(STEP), Key(DAY, DIGEST)),
    "key-is-index-sort": table(Key(ID), Key(DAY, ID)),
}
