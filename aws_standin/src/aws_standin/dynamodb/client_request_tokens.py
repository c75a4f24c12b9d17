"""Idempotent transactions: the same token within 10 minutes writes once.

API_TransactWriteItems, ClientRequestToken: the same request answers the same; another
one with the same token is an IdempotentParameterMismatchException.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from aws_standin.clock import Clock
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

REMEMBERED = timedelta(minutes=10)
OPERATIONS = ("TransactWriteItems", "ExecuteTransaction")


class Token(NamedTuple):
    """A token belongs to an account and a region."""

    account: str
    region: str
    token: str


@dataclass
class Tokens:
    """Remembers which transactions have been done."""

    clock: Clock
    done: dict[Token, tuple[datetime, bytes, Response]] = field(default_factory=dict)
    _busy: dict[Token, threading.Lock] = field(default_factory=dict)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer a transaction that was done already; do it otherwise."""
        text = request.parameters.get("ClientRequestToken")
        if not text:
            return onward(request)
        token = Token(request.account, request.region, text)
        with self._busy.setdefault(token, threading.Lock()):
            done = self.done.get(token)
            if done is None or done[0] <= self.clock.now() - REMEMBERED:
                response = onward(request)
                if response.ok:
                    self._remember(token, request, response)
                return response
            return _again(request, done[1], done[2])

    def _remember(self, token: Token, request: Request, response: Response) -> None:
        now = self.clock.now()
        for old in [k for k, v in list(self.done.items()) if v[0] <= now - REMEMBERED]:
            self.done.pop(old, None)
            self._busy.pop(old, None)
        self.done[token] = (now, request.body, response)


def _again(request: Request, body: bytes, response: Response) -> Response:
    if request.body != body:
        raise AwsError(
            "IdempotentParameterMismatchException",
            "DynamoDB rejected the request because you retried a request with a"
            " different payload but with an idempotent token that was already used.",
        )
    return answer(request, response.json())
