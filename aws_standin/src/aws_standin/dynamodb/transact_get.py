"""TransactGetItems of up to 100 items: moto takes 25 at once.

The tables' locks are held, so that the parts are read as one (API_TransactGetItems).
"""

from dataclasses import dataclass

from aws_standin.protocols.messages import (
    Onward,
    Request,
    Response,
    answer,
    with_parameters,
)

OPERATIONS = ("TransactGetItems",)
AT_ONCE = 25


@dataclass
class TransactGet:
    """Reads a large transaction in parts."""

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass on what moto can take; divide what is larger."""
        given = request.parameters
        items = given.get("TransactItems") or []
        if len(items) <= AT_ONCE:
            return onward(request)
        found = []
        for start in range(0, len(items), AT_ONCE):
            part = given | {"TransactItems": items[start : start + AT_ONCE]}
            response = onward(with_parameters(request, part))
            if not response.ok:
                return response
            found += response.json()["Responses"]
        return answer(request, {"Responses": found})
