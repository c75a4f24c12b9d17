"""moto's server application, unmodified, behind the stand-in."""

import io
import os
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)

from aws_standin.protocols.messages import Request, Response


class _Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which looks up the backend of a host only once.

    moto lists a directory each time, which takes a tenth of a request's time.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the backend of a host."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


def end_stream(account: str, region: str, table: str) -> None:
    """Let moto forget a table's stream, which it switches off only in its description.

    Its next write would be an error otherwise, and no other stream could begin.
    """
    found = dynamodb_backends[account][region].tables[table]
    found.latest_stream_label = None
    found.stream_shard = None


class Moto:
    """The end of the chain: moto answers what no behaviour has answered."""

    def __init__(self) -> None:
        # The machine images of AWS, which nobody here starts, take a third of a second
        # for each account and region: docs.getmoto.org, environment variables.
        os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        self._application = _Dispatcher()

    def answer(self, request: Request) -> Response:
        """Let moto answer, in the account the call is for."""
        environ = dict(request.environ)
        environ["wsgi.input"] = io.BytesIO(request.body)
        environ["CONTENT_LENGTH"] = str(len(request.body))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = request.account
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            head[:] = [int(status[:3]), headers]

        chunks = self._application(environ, start)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return Response(head[0], head[1], body)
