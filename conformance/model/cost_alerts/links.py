"""The links between a rise of costs and a person who is told of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model.errors import DoubtError

ALERTED = "alerted"


@dataclass(frozen=True)
class Broken:
    """A link that does not hold."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """A link of which AWS shows something that the suite does not understand."""

    reason: str


Link = Broken | Unknown | None
"""None is a link that holds."""


def judged(name: str, links: Iterable[Link]) -> str:
    """Return `alerted` if every link holds, or why one does not.

    Raises:
        DoubtError: none is broken, but at least one is not understood.
    """
    found = list(links)
    for link in found:
        if isinstance(link, Broken):
            return f"{name}: {link.reason}"
    unknown = [link.reason for link in found if isinstance(link, Unknown)]
    if unknown:
        raise DoubtError(f"{name}: {'; '.join(unknown)}")
    return ALERTED
