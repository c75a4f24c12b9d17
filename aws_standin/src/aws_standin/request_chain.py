"""The chain of behaviours that a call passes: only those that it concerns.

A behaviour that has nothing to do with a call is not asked at all: that saves its
time, and keeps the stack of calls above moto short.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aws_standin.protocols.messages import (
    AwsError,
    Behaviour,
    Onward,
    Request,
    Response,
    failure,
)


@dataclass(frozen=True)
class Only:
    """A behaviour that is asked about some calls only."""

    names: tuple[str, ...]
    """Services, or operations: what the chain it stands in goes by."""
    behaviour: Behaviour


Link = Behaviour | Only


def routed(links: Sequence[Link], last: Onward, by: Callable[[Request], str]) -> Onward:
    """Return a way through the links that a request concerns, in order, to `last`.

    `by` says the name that `Only` goes by, a request's service or operation.  An
    `AwsError` that a behaviour raises is an answer to the behaviours before it.
    """
    named = {name for link in links if isinstance(link, Only) for name in link.names}
    ways = {name: _linked(_concerned(links, name), last) for name in named}
    plain = _linked(_concerned(links, ""), last)
    return lambda request: ways.get(by(request), plain)(request)


def behaviours_of(links: Sequence[Link]) -> list[Behaviour]:
    """Return all behaviours of a chain."""
    return [link.behaviour if isinstance(link, Only) else link for link in links]


def _concerned(links: Sequence[Link], name: str) -> list[Behaviour]:
    return behaviours_of(
        [one for one in links if not isinstance(one, Only) or name in one.names]
    )


def _linked(behaviours: Sequence[Behaviour], last: Onward) -> Onward:
    onward = last
    for behaviour in reversed(behaviours):
        onward = _link(behaviour, onward)
    return onward


def _link(behaviour: Behaviour, onward: Onward) -> Onward:
    def handle(request: Request) -> Response:
        try:
            return behaviour.handle(request, onward)
        except AwsError as problem:
            return failure(request, problem)

    return handle
