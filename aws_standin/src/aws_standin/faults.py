"""Faults on request: errors, delays, dropped connections, a region that is down.

    GET  /_standin/faults         {"faults": […]} with how often each may still strike
    POST /_standin/faults         one fault or a list of them, added to those there
    POST /_standin/faults/clear   {} removes all

A fault says which calls it strikes (`service`, `operation`, `region`, `account`,
`table`: shell patterns, absent means any) and what happens: `delay` seconds, then one
of `code` (with `status`, `message`), `reset` (no answer, the connection drops) or
`expired_token`.  `times` limits how often; absent means until cleared.  The first
fault that fits is the one that strikes.  A whole region that is down is a fault with
a region and `reset`.  Calls of the stand-in to itself are never struck.
"""

import dataclasses
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aws_standin.control_api import ControlApi, Document
from aws_standin.dynamodb.tables import names_in
from aws_standin.protocols.messages import (
    ConnectionReset,
    Onward,
    Request,
    Response,
    error,
)

EXPIRED = "The security token included in the request is expired"
TABLE_IN_ARN = re.compile(r":dynamodb:[^:]*:[^:]*:table/([^/]+)")
TABLE_MEMBERS = ("SourceTableName", "TargetTableName")


@dataclass
class Fault:
    """A pattern of calls, and the fault that they meet."""

    service: str = "*"
    operation: str = "*"
    region: str = "*"
    account: str = "*"
    table: str = "*"
    delay: float = 0.0
    """Seconds before anything else happens."""
    code: str = ""
    """AWS's error code, "InternalServerError"; "" for none."""
    status: int = 400
    message: str = "A fault was asked for."
    reset: bool = False
    expired_token: bool = False
    times: int | None = None
    """The number of calls that it may still strike."""

    def fits(self, request: Request, tables: Iterable[str]) -> bool:
        """Say whether this fault strikes a call that names these tables."""
        wanted = (
            (self.service, request.service),
            (self.operation, request.operation),
            (self.region, request.region),
            (self.account, request.account),
        )
        if self.times == 0 or not all(fnmatchcase(v, p) for p, v in wanted):
            return False
        return self.table == "*" or any(fnmatchcase(t, self.table) for t in tables)


@dataclass
class Faults:
    """Strikes calls with the faults that the control API was given."""

    control_api: ControlApi
    faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Register the routes."""
        self.control_api.route("GET", "faults", lambda _: self._list())
        self.control_api.route("POST", "faults", self._add)
        self.control_api.route("POST", "faults/clear", self._clear)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Strike the call, or pass it on."""
        fault = self._fault_for(request) if self.faults else None
        if fault is None:
            return onward(request)
        time.sleep(fault.delay)
        if fault.reset:
            raise ConnectionReset
        if fault.expired_token:
            return _expired(request)
        if fault.code:
            return error(request, fault.code, fault.message, fault.status)
        return onward(request)

    def _fault_for(self, request: Request) -> Fault | None:
        if request.internal:
            return None
        tables = tables_of(request)
        with self._lock:
            for fault in self.faults:
                if fault.fits(request, tables):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _list(self) -> Document:
        return {"faults": [dataclasses.asdict(fault) for fault in self.faults]}

    def _add(self, wanted: Any) -> Document:
        known = {one.name for one in dataclasses.fields(Fault)}
        new = wanted if isinstance(wanted, list) else [wanted]
        for one in new:
            if unknown := set(one) - known:
                raise ValueError(f"no {sorted(unknown)} in a fault: {sorted(known)}")
        self.faults += [Fault(**one) for one in new]
        return self._list()

    def _clear(self, _: Document) -> Document:
        self.faults.clear()
        return self._list()


def tables_of(request: Request) -> set[str]:
    """Return the names of all tables that a call names, by name or in an ARN."""
    found = set()
    if request.service == "dynamodb":
        found |= {name.table for name in names_in(request)}
    for member, value in request.parameters.items():
        if isinstance(value, str):
            if member in TABLE_MEMBERS:
                found.add(value)
            found |= set(TABLE_IN_ARN.findall(value))
    return found


def _expired(request: Request) -> Response:
    """Return AWS's answer to an expired session token (Common Errors)."""
    if request.protocol in ("query", "ec2", "rest-xml"):
        return error(request, "ExpiredToken", EXPIRED, 403)
    status = 400 if request.service.startswith("dynamodb") else 403
    return error(request, "ExpiredTokenException", EXPIRED, status)
