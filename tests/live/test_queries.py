import pytest


@pytest.mark.criterion("QRY-1")
def test_query_returns_what_was_written(index_items):
    """
    A query on an index MUST return exactly the items written for it.

    Membership, order and projected attributes; an index follows its table with a
    delay, so the query is repeated, but a stranger among the items fails at once.
    """
    written = index_items.write()
    assert index_items.query(written) == written


@pytest.mark.criterion("QRY-2")
def test_pages_visit_every_item_once(index_items):
    """
    Paging through an index MUST visit every item once.

    A page that repeats or skips items corrupts every export.
    """
    written = index_items.write()
    index_items.query(written)
    assert index_items.paged() == written


@pytest.mark.criterion("QRY-3")
def test_index_follows_the_index_key(index_items):
    """
    An index MUST show an item only while it has the index key, and where it says.

    Items without the key stay out, items that lose it leave, items whose key
    changes move.
    """
    assert index_items.moves() == index_items.correct_moves


@pytest.mark.criterion("QRY-4")
def test_index_shows_writes_in_time(index_items, contract, measurements):
    """
    An index MUST show a write within the declared delay.

    Measured from the acknowledged write to the answer that first shows it.
    """
    measurements["index_delay_ms"] = index_items.delays_ms()
    assert max(measurements["index_delay_ms"]) <= contract.target("index_delay_ms")
