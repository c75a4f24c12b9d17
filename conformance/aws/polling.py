"""Waiting, which the suite does here alone: for a reason, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    ask: Callable[[], T],
    good: Callable[[T], bool],
    seconds: float,
    longest_pause_s: float = 1.0,
    first_pause_s: float = 0.02,
) -> T:
    """Ask until the answer is good or the time is up; return the last answer.

    The caller judges the answer, so that a late one fails with its content. Pauses
    grow from the first, in seconds, to the longest. An error of `ask` ends the
    waiting, as waiting cannot cure it.
    """
    deadline = time.monotonic() + seconds
    pause = first_pause_s
    while True:
        answer = ask()
        if good(answer) or time.monotonic() + pause > deadline:
            return answer
        time.sleep(pause)
        pause = min(pause * 1.5, longest_pause_s)


def pause_until(moment: float) -> None:
    """Wait for a moment of the monotonic clock, to keep a pace."""
    time.sleep(max(moment - time.monotonic(), 0.0))
