"""Putting behaviours one behind the other."""

from collections.abc import Sequence

from conformance.standin.wire import (
    AwsError,
    Behaviour,
    Onward,
    Request,
    Response,
    failure,
)


def linked(behaviours: Sequence[Behaviour], last: Onward) -> Onward:
    """Return a way through all behaviours, in their order, that ends at `last`.

    An `AwsError` that a behaviour raises is an answer to the behaviours before it.
    """
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
