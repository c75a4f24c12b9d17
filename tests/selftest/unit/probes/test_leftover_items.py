"""Items that were left are sought by their keys, however busy the table is."""

from types import SimpleNamespace

import pytest

from conformance.model.errors import UnreadableError
from conformance.model.table import Attribute, Key
from conformance.probes import leftover_items

KEY = Key(Attribute("id", "S"), None)
PRESENT = {"id": {"S": "conformance-suite-0003"}}


class Reader:
    """A DynamoDB that leaves out all keys of the first requests."""

    def __init__(self, throttled):
        """Leave keys out so many times."""
        self.throttled = throttled
        self.requests = 0

    def batch_get_item(self, RequestItems):  # noqa: N803 -- as boto3 calls it
        """Answer with the one item that is there, or with nothing yet."""
        self.requests += 1
        if self.requests <= self.throttled:
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        keys = RequestItems["users"]["Keys"]
        return {"Responses": {"users": [PRESENT] if PRESENT in keys else []}}


def items(reader):
    """Items of a table that has one key attribute and no index."""
    declared = SimpleNamespace(key=KEY, indexes={})
    deployed = SimpleNamespace(name="users")
    return SimpleNamespace(declared=declared, deployed=deployed, reader=reader)


def test_keys_that_were_left_out_are_asked_for_again():
    """What DynamoDB did not get to at first is found later."""
    reader = Reader(throttled=3)
    assert list(leftover_items.keys_left(items(reader))) == [PRESENT]


def test_a_throttled_table_is_left_alone_in_the_end(monkeypatch):
    """Pauses grow, so requests are few; the end is an error, not an empty table."""
    monkeypatch.setattr(leftover_items, "_UNPROCESSED_S", 0.5)
    reader = Reader(throttled=10**9)
    with pytest.raises(UnreadableError, match=r"left keys out for 0\.5 s"):
        list(leftover_items.keys_left(items(reader)))
    assert 3 < reader.requests < 15
