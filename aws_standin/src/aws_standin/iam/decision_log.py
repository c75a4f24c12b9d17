"""The decisions of the enforcement, and the statements that led to them.

    GET  /_standin/decisions        {"decisions": [{"principal", "action", "resource",
                                    "verdict", "statements": ["policy/Sid", …]}, …]}
    POST /_standin/decisions/reset  {} forgets all

A test sees by them which statements of a policy a run needs.
"""

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

from aws_standin.control_api import ControlApi, Document
from aws_standin.iam.callers import Caller
from aws_standin.iam.evaluation import Decision
from aws_standin.iam.required_permissions import Target


class Decided(NamedTuple):
    """The members that two equal decisions share."""

    principal: str
    action: str
    resource: str
    verdict: str
    statements: tuple[str, ...]


@dataclass
class DecisionLog:
    """Every different decision, once."""

    control_api: ControlApi
    decided: dict[Decided, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Register the routes."""
        self.control_api.route("GET", "decisions", self._list)
        self.control_api.route("POST", "decisions/reset", self._reset)

    def add(self, caller: Caller, target: Target, decision: Decision) -> None:
        """Keep a decision."""
        names = tuple(sorted(f"{one.source}/{one.sid}" for one in decision.matched))
        found = Decided(
            caller.entity, target.action, target.resource, decision.verdict, names
        )
        with self._lock:
            self.decided[found] = None

    def _list(self, _: Document) -> Document:
        """Return every different decision since the last reset."""
        with self._lock:
            return {"decisions": [found._asdict() for found in self.decided]}

    def _reset(self, _: Document) -> Document:
        """Forget all decisions."""
        with self._lock:
            self.decided.clear()
        return {}
