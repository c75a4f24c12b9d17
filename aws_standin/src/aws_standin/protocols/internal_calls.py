"""Calls that the stand-in makes to itself, in AWS's own protocols."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from aws_standin.protocols import service_models
from aws_standin.protocols.messages import AwsError, Request, Response

JSON = ("json", "smithy-rpc-v2-cbor")


def request(
    service: str, operation: str, where: tuple[str, str], parameters: dict[str, Any]
) -> Request:
    """Return a call as boto3 would sign it; `where` is account and region."""
    account, region = where
    model = service_models.service_model(service)
    protocol = _protocol(service)
    if protocol == "json":
        target = f"{model.metadata['targetPrefix']}.{operation}"
        http: dict[str, Any] = {"HTTP_X_AMZ_TARGET": target}
        body = json.dumps(parameters, default=_seconds).encode()
        version = model.metadata["jsonVersion"]
        http["CONTENT_TYPE"] = f"application/x-amz-json-{version}"
    else:
        http, body = _serialized(service, operation, parameters)
    environ = _environ(account, region, model.signing_name) | http
    return Request(
        service=service,
        operation=operation,
        account=account,
        region=region,
        parameters=parameters,
        environ=environ,
        body=body,
        protocol=protocol,
        access_key=account,
        internal=True,
    )


def result(asked: Request, response: Response) -> dict[str, Any]:
    """Return the answer's members; raises `AwsError` for a refusal.

    json services: the JSON as it is (times are numbers, binaries base64).  The
    others: as botocore parses them.
    """
    if asked.protocol == "json":
        document = response.json()
        if response.ok:
            return document
        code = document.get("__type", "InternalFailure").rpartition("#")[2]
        message = document.get("message") or document.get("Message") or ""
        raise AwsError(code, message, response.status)
    shape = service_models.service_model(asked.service).operation_model(asked.operation)
    head = {"headers": dict(response.headers), "status_code": response.status}
    parser = create_parser(asked.protocol)
    parsed: dict[str, Any] = parser.parse(
        head | {"body": response.body}, shape.output_shape
    )
    if not response.ok:
        problem = parsed.get("Error", {})
        code, message = problem.get("Code", ""), problem.get("Message", "")
        raise AwsError(code, message, response.status)
    return parsed


def _protocol(service: str) -> str:
    metadata = service_models.service_model(service).metadata
    return "json" if metadata["protocol"] in JSON else str(metadata["protocol"])


def _serialized(
    service: str, operation: str, parameters: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    shape = service_models.service_model(service).operation_model(operation)
    call = create_serializer(_protocol(service)).serialize_to_request(parameters, shape)
    body = call["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    http = {
        "REQUEST_METHOD": call["method"],
        "PATH_INFO": call["url_path"].partition("?")[0],
        "QUERY_STRING": urlencode(call["query_string"] or {}, doseq=True),
    }
    for name, value in call["headers"].items():
        key = name.upper().replace("-", "_")
        http[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return http, body if isinstance(body, bytes) else str(body).encode()


def _environ(account: str, region: str, signing_name: str) -> dict[str, Any]:
    scope = f"{account}/20200101/{region}/{signing_name}/aws4_request"
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, "
        "SignedHeaders=host, Signature=0",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.astimezone(UTC).timestamp()
    raise TypeError(f"{type(value).__name__} is not JSON")
