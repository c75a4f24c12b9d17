"""Waiting for what another process does; the deadline is there for what never comes."""

import time


def until(ask, seconds=300):
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return answer
