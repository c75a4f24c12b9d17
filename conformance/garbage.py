"""Python's collector of garbage, kept from what it would only slow down."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unhindered() -> Iterator[None]:
    """Let the collector look at what is made meanwhile, and at nothing older.

    It would go through all of botocore's models again and again: pages of items are so
    many small objects that this takes longer than reading them, and a load stands
    still for it.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
