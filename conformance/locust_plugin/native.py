"""A native thread for the engine, so that nothing of gevent slows it down."""

from typing import Any

import gevent

from conformance.load.engine import Sender


class Native:
    """Runs one function at a time; a sender that needs gevent is left to gevent."""

    def __init__(self, sender: Sender, *, needs_gevent: bool) -> None:
        """Nothing runs yet."""
        self._sender = sender
        self._needs_gevent = needs_gevent
        self._at_work: Any = None

    def run(self, function: Any, *arguments: Any) -> Any:
        """Its result, or its error; what still sends is stopped before."""
        if self._needs_gevent:
            return function(*arguments)
        if self._at_work and not self._at_work.ready():  # an early end left it alone
            self._sender.stopping = True
            self._at_work.wait()
            self._sender.stopping = False
        return self.start(function, *arguments).get()

    def start(self, function: Any, *arguments: Any) -> Any:
        """Begin, and wait for nothing; what can be waited for."""
        if self._needs_gevent:
            return gevent.spawn(function, *arguments)
        self._at_work = gevent.get_hub().threadpool.spawn(function, *arguments)
        return self._at_work
