"""Python's collector of garbage, kept from what it would only slow down."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = gc.get_threshold()
_SELDOM = (100_000, 50, 100)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Let the collector look seldom, and only at what is made meanwhile.

    It would go through all of botocore's models and through each page of items again
    and again, which takes longer than reading them; and a load would stand still for
    it. Cycles still go, only later. Where two threads are in here at once, the first
    to leave ends it for both: that costs time, and nothing else.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()
