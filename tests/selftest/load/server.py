"""A small server on loopback that answers a load as a test wants it to."""

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = (200, b'{"Item":{"a":{"S":"x"}},"Items":[{}],"Count":1}')
CLOSE = "close"
"""Answer nothing and close the connection."""
LEAVING = (
    b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{"Item":{}}'
)
"""An answer that is the last one on its connection."""


def refusal(code, status=400, **more):
    """An error as DynamoDB words it."""
    name = f"com.amazonaws.dynamodb.v20120810#{code}"
    return status, json.dumps({"__type": name, "message": "no", **more}).encode()


def _http(status, content):
    """An answer as it is on the wire."""
    head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(content))
    return head + content


@dataclass
class LoadServer:
    """Counts what it gets; `answer` decides by operation, number and body."""

    answer: object = lambda _operation, _number, _body: OK
    """A status and a body, or every byte of the answer."""
    delay: object = lambda _now: 0.0
    host: str = "127.0.0.1"
    port: int = 0
    operations: list = field(default_factory=list)
    signed_by: list = field(default_factory=list)
    """The access key of each request."""
    connections: int = 0
    idle_s: float = 0.0
    """Close a kept connection after so long, as services do."""

    @property
    def url(self):
        """Where it answers."""
        return f"http://{self.host}:{self.port}"

    async def serve(self, reader, writer):
        """One connection."""
        self.connections += 1
        try:
            while head := await self._head(reader):
                operation, length, signer = head
                self.signed_by.append(signer)
                body = await reader.readexactly(length)
                number = len(self.operations)
                self.operations.append(operation)
                wait = self.delay(asyncio.get_running_loop().time())
                if wait:
                    await asyncio.sleep(wait)
                answer = self.answer(operation, number, body)
                if answer == CLOSE:
                    return
                writer.write(answer if isinstance(answer, bytes) else _http(*answer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _head(self, reader):
        try:
            async with asyncio.timeout(self.idle_s or None):
                head = await reader.readuntil(b"\r\n\r\n")
        except (TimeoutError, asyncio.IncompleteReadError):
            return None
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2]]
        fields = {name.lower(): value for name, value in lines}
        operation = fields["x-amz-target"].partition(".")[2]
        signer = fields["authorization"].partition("Credential=")[2].partition("/")[0]
        return operation, int(fields["content-length"]), signer


@contextmanager
def serving(server, **tls):
    """Serve in a thread of its own."""
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def begin():
        made = await asyncio.start_server(server.serve, server.host, server.port, **tls)
        server.port = made.sockets[0].getsockname()[1]
        started.set()
        stopped = asyncio.Event()
        server.stop = lambda: loop.call_soon_threadsafe(stopped.set)
        await stopped.wait()
        made.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(begin()))
    thread.start()
    started.wait(5)
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
