"""Signs DynamoDB requests with Signature Version 4, and nothing else.

botocore's signer takes 90 microseconds a request: half a core at 6000 a second.
This one knows that every request is a POST to `/` with the same few headers. A load run
compares it with botocore's before it sends anything.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from conformance.aws.client import SDK_ERRORS
from conformance.model.errors import BadInputError

TARGET = "DynamoDB_20120810."
_STAMP = "%Y%m%dT%H%M%SZ"
_BLOCK = sha256().block_size
_HEADERS = "host;x-amz-date;x-amz-target"
_WITH_TOKEN = "host;x-amz-date;x-amz-security-token;x-amz-target"  # noqa: S105 -- names
_COMPARED_BODIES = (b"{}", b'{"TableName":"orders"}', bytes(range(256)))


@dataclass(frozen=True)
class Credentials:
    """Keys as they are at one moment; `token` is empty for those of a user."""

    access_key: str
    secret_key: str
    token: str = ""


class Signer:
    """A signer for one host; what the requests of a second share is made once."""

    def __init__(self, credentials: Credentials, region: str, host: str) -> None:
        """Sign for this region and this `Host` header, service dynamodb."""
        self.credentials = credentials
        self._region = region
        self._host = host
        self._second = -1
        self._stamp = self._day = self._token = ""
        self._inner = self._outer = sha256()
        self._to_sign = b""
        self._authorization = b""
        self._shared: dict[str, tuple[bytes, bytes]] = {}
        self._signing_with: Credentials | None = None

    def head(self, operation: str, body: bytes, now: float) -> bytes:
        """Return the request up to its body: the request line and every header."""
        credentials = self.credentials  # another thread may renew them meanwhile
        if int(now) != self._second or credentials is not self._signing_with:
            self._begin(credentials, int(now))
        canonical, lines = self._shared.get(operation) or self._share(operation)
        request = canonical + sha256(body).hexdigest().encode()
        to_sign = self._to_sign + sha256(request).hexdigest().encode()
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(to_sign)
        outer.update(inner.digest())
        signature = outer.hexdigest()
        return b"%b%d%b%b\r\n\r\n" % (
            lines,
            len(body),
            self._authorization,
            signature.encode(),
        )

    def _share(self, operation: str) -> tuple[bytes, bytes]:
        """Return what requests for an operation share until the second is over.

        The canonical request up to the hash of the body, and all other headers.
        """
        token = self._token
        security = f"x-amz-security-token:{token}\n" if token else ""
        canonical = (
            f"POST\n/\n\nhost:{self._host}\nx-amz-date:{self._stamp}\n{security}"
            f"x-amz-target:{TARGET}{operation}\n\n{_signed(token)}\n"
        )
        lines = (
            "POST / HTTP/1.1",
            f"Host: {self._host}",
            "Content-Type: application/x-amz-json-1.0",
            f"X-Amz-Target: {TARGET}{operation}",
            f"X-Amz-Date: {self._stamp}",
            *([f"X-Amz-Security-Token: {token}"] if token else []),
            "Content-Length: ",
        )
        self._shared[operation] = canonical.encode(), "\r\n".join(lines).encode()
        return self._shared[operation]

    def _begin(self, credentials: Credentials, second: int) -> None:
        """Renew the stamp, and the key if the day or the credentials are new."""
        self._stamp = time.strftime(_STAMP, time.gmtime(second))
        day = self._stamp[:8]
        scope = f"{day}/{self._region}/dynamodb/aws4_request"
        if day != self._day or credentials is not self._signing_with:
            key = f"AWS4{credentials.secret_key}".encode()
            for part in scope.split("/"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day = day
            self._inner, self._outer = (_padded(key, pad) for pad in (0x36, 0x5C))
        self._second, self._signing_with = second, credentials
        self._token = credentials.token
        self._shared.clear()
        self._to_sign = f"AWS4-HMAC-SHA256\n{self._stamp}\n{scope}\n".encode()
        self._authorization = (
            f"\r\nAuthorization: AWS4-HMAC-SHA256 Credential={credentials.access_key}/"
            f"{scope}, SignedHeaders={_signed(credentials.token)}, Signature="
        ).encode()


def _padded(key: bytes, pad: int) -> Any:
    """Return one of the two hashes of an HMAC (RFC 2104), begun with the key.

    Copies of the two take half the time of starting anew for each request.
    """
    return sha256(bytes(octet ^ pad for octet in key.ljust(_BLOCK, b"\0")))


def _signed(token: str) -> str:
    """Return the names of the headers that are signed."""
    return _WITH_TOKEN if token else _HEADERS


def renew(signer: Signer, now: Callable[[], Credentials]) -> str:
    """Give the signer the credentials that boto3 has renewed; return why that failed.

    A failure ends no run: boto3 renews 15 minutes before the old ones expire, so there
    are many more attempts, and an expired token shows as an error of its requests.
    """
    try:
        known = now()
    except SDK_ERRORS as problem:
        return f"credentials could not be renewed: {problem}"
    if known != signer.credentials:
        signer.credentials = known
    return ""


def compare_with_botocore(credentials: Credentials, region: str, url: str) -> None:
    """Compare our signer with botocore's, with the credentials and host of this run.

    Raises:
        BadInputError: they differ: botocore has changed, or the engine is broken.
    """
    host = url.partition("://")[2].rstrip("/")
    now = int(datetime.now(UTC).timestamp())
    for body in _COMPARED_BODIES:
        head = Signer(credentials, region, host).head("PutItem", body, now).decode()
        theirs = _signed_by_botocore(credentials, region, url, body, now)
        if f"\r\nAuthorization: {theirs}\r\n" not in head:
            digest = sha256(body).hexdigest()[:12]
            raise BadInputError(
                f"the load engine signs a request otherwise than botocore (body "
                f"{digest}); nothing was sent. Use --engine sdk, and report it."
            )


def _signed_by_botocore(
    credentials: Credentials, region: str, url: str, body: bytes, now: int
) -> str:
    """Return the `Authorization` header that botocore gives the request."""
    headers = {"X-Amz-Target": f"{TARGET}PutItem"}
    request = AWSRequest("POST", f"{url.rstrip('/')}/", headers=headers, data=body)
    keys = BotocoreCredentials(
        credentials.access_key, credentials.secret_key, credentials.token or None
    )
    signing = SigV4Auth(keys, "dynamodb", region)
    stamp = datetime.fromtimestamp(now, UTC).strftime(_STAMP)
    request.context["timestamp"] = stamp
    request.headers["X-Amz-Date"] = stamp
    if credentials.token:
        request.headers["X-Amz-Security-Token"] = credentials.token
    # What add_auth does, at a moment of ours instead of its own clock's.
    to_sign = signing.string_to_sign(request, signing.canonical_request(request))
    signature = signing.signature(to_sign, request)
    names = signing.signed_headers(signing.headers_to_sign(request))
    return (
        f"AWS4-HMAC-SHA256 Credential={signing.scope(request)}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
