"""A proxy between the suite and the stand-in that misbehaves on purpose."""

import contextlib
import http.client
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Call:
    """A call to DynamoDB or its streams, not yet sent on."""

    operation: str
    parameters: dict
    _send: object

    def send(self, **changes):
        """Send it on, perhaps changed: the status and the answer."""
        parameters = {k: v for k, v in (self.parameters | changes).items() if v}
        return self._send(json.dumps(parameters).encode())


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self):
        super().setup()
        self.onward = http.client.HTTPConnection(self.server.onward, timeout=30)

    def finish(self):
        self.onward.close()
        super().finish()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if not operation.strip():
            self._answer(*self._raw(body))
            return
        call = Call(operation, json.loads(body or b"{}"), self._json)
        status, answer = self.server.misbehave(call)
        self._answer(status, "application/x-amz-json-1.0", json.dumps(answer).encode())

    do_GET = do_POST  # noqa: N815 -- the name that http.server looks for

    def _raw(self, body):
        headers = dict(self.headers.items()) | {"Content-Length": str(len(body))}
        self.onward.request(self.command, self.path, body, headers)
        answer = self.onward.getresponse()
        content = answer.read()
        self.request_id = answer.headers.get("x-amzn-RequestId", "")
        self.date = answer.headers.get("Date", "")
        return answer.status, answer.headers.get("Content-Type", ""), content

    def _json(self, body):
        status, _, content = self._raw(body)
        return status, json.loads(content or b"{}")

    def _answer(self, status, content_type, content):
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amzn-RequestId", getattr(self, "request_id", ""))
        self.send_header("Date", getattr(self, "date", "") or self.date_time_string())
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


@contextlib.contextmanager
def between(endpoint, misbehave):
    """Serve a proxy: `misbehave(call)` returns the status and the answer to give."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Connection)
    server.daemon_threads = True
    server.onward = urlsplit(endpoint).netloc
    server.misbehave = misbehave
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
