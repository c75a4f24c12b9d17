"""Compares the load engine's signer with botocore's, before anything is sent."""

import hashlib
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from conformance.load.signing import TARGET, Credentials, Signer
from conformance.model.errors import BadInputError

_BODIES = (b"{}", b'{"TableName":"orders"}', bytes(range(256)))
_STAMP = "%Y%m%dT%H%M%SZ"


def compare_with_botocore(credentials: Credentials, region: str, url: str) -> None:
    """Go on only if both sign alike, with the credentials and host of this run.

    Raises:
        BadInputError: they differ: botocore has changed, or the engine is broken.
    """
    host = url.partition("://")[2].rstrip("/")
    now = int(datetime.now(UTC).timestamp())
    for body in _BODIES:
        head = Signer(credentials, region, host).head("PutItem", body, now).decode()
        theirs = _theirs(credentials, region, url, (body, now))
        if f"\r\nAuthorization: {theirs}\r\n" not in head:
            digest = hashlib.sha256(body).hexdigest()[:12]
            raise BadInputError(
                f"the load engine signs a request otherwise than botocore (body "
                f"{digest}); nothing was sent. Use --engine sdk, and report it."
            )


def _theirs(
    credentials: Credentials, region: str, url: str, sent: tuple[bytes, int]
) -> str:
    body, now = sent
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
