"""The control API: how a test or a person steers the stand-in.

JSON over HTTP under `/_standin/`.  Only callers on loopback are answered, and only
requests to the host 127.0.0.1 or localhost: a page in a browser could reach this
server under a name of its own (DNS rebinding), or post to it from another origin.

    GET  /_standin/settings   every behaviour's settings
    POST /_standin/settings   {"behaviour": {"setting": value}}; all or nothing
    GET  /_standin/clock      {"now": ISO time, "stopped": bool}
    POST /_standin/clock      {"now": ISO time, "stopped": bool} | {"shift": seconds}
                              | {"reset": true}
    GET  /_standin/           the routes that behaviours have added, with their words

A wrong name or value is answered 400 with {"error": what is allowed}.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aws_standin.clock import Clock
from aws_standin.protocols.messages import Response

Document = dict[str, Any]
Route = Callable[[Document], Document]
"""A handler: gets the JSON body ({} for GET), returns JSON; ValueError → 400."""

PREFIX = "/_standin/"
LOOPBACK = ("127.0.0.1", "::1", "")
HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.IGNORECASE)
UNUSABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""The errors of reading a body that has the wrong form or a value out of range."""


@dataclass
class ControlApi:
    """The routes and settings that behaviours have registered."""

    clock: Clock
    settings: dict[str, Any] = field(default_factory=dict)
    routes: dict[tuple[str, str], Route] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Register the routes of its own."""
        self.route("GET", "", self._list)
        self.route("GET", "settings", lambda _: self._settings())
        self.route("POST", "settings", self._set)
        self.route("GET", "clock", lambda _: self._time())
        self.route("POST", "clock", self._set_clock)

    def add_settings(self, name: str, values: Any) -> None:
        """Let a dataclass instance be read and set under `name`.

        It may have a method `problem(setting, value) -> str`, "" when a value will do.
        """
        self.settings[name] = values

    def route(self, method: str, path: str, function: Route) -> None:
        """Answer `method /_standin/path` with `function`."""
        self.routes[method, path] = function

    def answer(self, environ: Document, body: bytes) -> Response:
        """Answer a call."""
        if refusal := _refusal(environ):
            return _reply(403, {"error": refusal})
        path = environ["PATH_INFO"].removeprefix(PREFIX).strip("/")
        function = self.routes.get((environ["REQUEST_METHOD"], path))
        if not function:
            known = sorted(f"{m} {PREFIX}{p}" for m, p in self.routes)
            return _reply(404, {"error": f"no such route; known: {known}"})
        try:
            return _reply(200, function(json.loads(body or b"{}")))
        except UNUSABLE as problem:
            return _reply(400, {"error": f"{type(problem).__name__}: {problem}"})

    def _list(self, _: Document) -> Document:
        return {
            f"{method} {PREFIX}{path}": (function.__doc__ or "").strip()
            for (method, path), function in sorted(self.routes.items())
        }

    def _settings(self) -> Document:
        return {name: dataclasses.asdict(one) for name, one in self.settings.items()}

    def _set(self, wanted: Document) -> Document:
        for name, values in wanted.items():
            allowed = self.settings.get(name)
            if allowed is None:
                raise ValueError(
                    f"no settings {name!r}; known: {sorted(self.settings)}"
                )
            _check(name, allowed, values)
        for name, values in wanted.items():
            for key, value in values.items():
                setattr(self.settings[name], key, value)
        return self._settings()

    def _time(self) -> Document:
        stopped = self.clock.stopped_at is not None
        return {"now": self.clock.now().isoformat(), "stopped": stopped}

    def _set_clock(self, wanted: Document) -> Document:
        match wanted:
            case {"reset": True}:
                self.clock.reset()
            case {"shift": int() | float() as seconds}:
                self.clock.shift(seconds)
            case {"now": str() as text}:
                moment = datetime.fromisoformat(text)
                if moment.tzinfo is None:
                    raise ValueError(f"{text!r} has no time zone")
                self.clock.set(moment, stopped=wanted.get("stopped", False))
            case _:
                raise ValueError('one of {"now": …}, {"shift": …}, {"reset": true}')
        return self._time()


def _refusal(environ: Document) -> str:
    if environ.get("REMOTE_ADDR", "") not in LOOPBACK:
        return "the control API answers callers on loopback only"
    host = environ.get("HTTP_HOST", "")
    if not HOST.fullmatch(host):
        return f"the control API answers Host 127.0.0.1 or localhost, not {host!r}"
    origin = environ.get("HTTP_ORIGIN", "")
    if origin and not HOST.fullmatch(origin.removeprefix("http://")):
        return f"the control API does not answer pages of {origin!r}"
    return ""


def _check(name: str, settings: Any, values: Document) -> None:
    known = {
        one.name: getattr(settings, one.name) for one in dataclasses.fields(settings)
    }
    for key, value in values.items():
        if key not in known:
            raise ValueError(f"no setting {name}.{key}; known: {sorted(known)}")
        allowed: tuple[type, ...] = (type(known[key]),)
        if isinstance(known[key], float):
            allowed = (int, float)
        if problem := getattr(settings, "problem", _nothing)(key, value):
            raise ValueError(f"{name}.{key}: {problem}")
        if known[key] is not None and not isinstance(value, allowed):
            kind = allowed[-1].__name__
            raise ValueError(f"{name}.{key} must be {kind}, not {value!r}")


def _nothing(_key: str, _value: Any) -> str:
    return ""


def _reply(status: int, document: Document) -> Response:
    body = json.dumps(document, default=str).encode()
    return Response(status, [("Content-Type", "application/json")], body)
