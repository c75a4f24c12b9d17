"""The AWS API call that an HTTP request is.

The service and the region stand in the signature's credential scope
(Credential=KEY/DATE/REGION/SERVICE/aws4_request), the operation in a header, the
path or the form, by protocol.
"""

import gzip
import io
import json
import zlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from botocore.exceptions import UnknownServiceError

from aws_standin.protocols import service_models
from aws_standin.protocols.messages import Request
from aws_standin.request_body import AWS_LIMIT, RequestRefusedError

Scope = tuple[str, str, str]
"""Access key id, region, signing name."""

UNSIGNED: Scope = ("", "us-east-1", "")


def read(
    environ: dict[str, Any], body: bytes, account_of: Callable[[str], str]
) -> Request:
    """Return the API call; what is not recognised has no operation."""
    key, region, signing_name = scope(environ)
    service = _service(signing_name, environ)
    protocol = _protocol(service, environ)
    environ, body = _unpacked(protocol, environ, body)
    operation, parameters = _operation(service, protocol, environ, body)
    return Request(
        service=service,
        operation=operation,
        account=account_of(key),
        region=region,
        parameters=parameters,
        environ=environ,
        body=body,
        protocol=protocol,
        access_key=key,
    )


def _unpacked(
    protocol: str, environ: dict[str, Any], body: bytes
) -> tuple[dict[str, Any], bytes]:
    """Undo the compression that clients apply to large requests.

    An object of S3 is stored as it came: there the encoding is a property of it.
    """
    packed = environ.get("HTTP_CONTENT_ENCODING") == "gzip"
    if not packed or protocol == "rest-xml":
        return environ, body
    plain = _decompressed(body)
    rest = {k: v for k, v in environ.items() if k != "HTTP_CONTENT_ENCODING"}
    rest |= {"CONTENT_LENGTH": str(len(plain)), "wsgi.input": io.BytesIO(plain)}
    return rest, plain


def _decompressed(body: bytes) -> bytes:
    with gzip.open(io.BytesIO(body)) as stream:
        try:
            plain = stream.read(AWS_LIMIT + 1)
        except (OSError, EOFError, zlib.error) as problem:
            reason = f"the body is not gzip: {problem}"
            raise RequestRefusedError(HTTPStatus.BAD_REQUEST, reason) from None
    if len(plain) > AWS_LIMIT:
        raise RequestRefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body has more than {AWS_LIMIT:,} bytes when decompressed",
        )
    return plain


def scope(environ: dict[str, Any]) -> Scope:
    """Return who signed, for which region and service; `UNSIGNED` for nobody."""
    text = environ.get("HTTP_AUTHORIZATION", "")
    if "Credential=" in text:
        credential = text.partition("Credential=")[2].partition(",")[0].strip()
    else:
        given = parse_qs(environ.get("QUERY_STRING", ""))
        credential = unquote(given.get("X-Amz-Credential", [""])[0])
    parts = credential.split("/")
    if len(parts) < 5:  # noqa: PLR2004 - key, date, region, service, aws4_request
        return UNSIGNED
    return "/".join(parts[:-4]), parts[-3], parts[-2]


def _service(signing_name: str, environ: dict[str, Any]) -> str:
    if signing_name == "dynamodb":
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        return "dynamodbstreams" if "Streams" in target else "dynamodb"
    return service_models.SERVICE_BY_SIGNING_NAME.get(signing_name, signing_name)


def _protocol(service: str, environ: dict[str, Any]) -> str:
    if "HTTP_SMITHY_PROTOCOL" in environ:
        return "cbor"
    if "HTTP_X_AMZ_TARGET" in environ:
        return "json"
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return "ec2" if service == "ec2" else "query"
    try:
        found: str = service_models.service_model(service).metadata["protocol"]
    except UnknownServiceError:
        return "rest-json"
    return found


def _operation(
    service: str, protocol: str, environ: dict[str, Any], body: bytes
) -> tuple[str, dict[str, Any]]:
    path = environ.get("PATH_INFO", "/")
    match protocol:
        case "json":
            return environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2], _json(body)
        case "cbor":
            return path.rpartition("/")[2], {}
        case "query" | "ec2":
            form = dict(
                parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
            )
            form.pop("Version", None)
            return form.pop("Action", ""), form
    return _rest(service, protocol, environ, body)


def _rest(
    service: str, protocol: str, environ: dict[str, Any], body: bytes
) -> tuple[str, dict[str, Any]]:
    path = environ.get("RAW_PATH") or environ.get("PATH_INFO", "/")
    query = environ.get("QUERY_STRING", "")
    method = environ["REQUEST_METHOD"]
    try:
        operation = service_models.rest_operation(service, method, path, query)
    except UnknownServiceError:
        return "", {}
    if protocol != "rest-json" or not operation:
        return operation, {}
    return operation, service_models.rest_parameters(
        service, operation, (path, query, body)
    )


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}  # moto refuses it as AWS does
    return document if isinstance(document, dict) else {}
