"""A pause of Python's garbage collector, which would slow large reads down."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = gc.get_threshold()
_SELDOM = (100_000, 50, 100)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Let the collector run seldom, and only on objects that the body makes.

    Otherwise it visits all of botocore's models and each page of items again and
    again. That takes longer than reading them, and a load stops meanwhile. Cycles are
    still collected, only later. If two threads are in here at once, the first to leave
    ends the pause for both: that costs time, and nothing else.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()
