"""botocore's service models: which operation a REST call is, and its parameters."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

SERVICE_BY_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "access-analyzer": "accessanalyzer",
    "elasticfilesystem": "efs",
}
"""The services whose name in the signature is not boto3's."""


@cache
def service_model(service: str) -> ServiceModel:
    """Return a service's model; raises botocore's UnknownServiceError."""
    return botocore.session.get_session().get_service_model(service)


@dataclass(frozen=True)
class Route:
    """One REST operation: its method, its path, and the query it insists on."""

    method: str
    path: re.Pattern[str]
    literal: int
    query: frozenset[str]
    operation: str


@cache
def routes(service: str) -> tuple[Route, ...]:
    """Return the REST routes of a service, the most specific first."""
    model = service_model(service)
    found = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(found, key=lambda r: (-len(r.query), -r.literal)))


def rest_operation(service: str, method: str, path: str, query: str) -> str:
    """Return the operation of a REST call, "" when the model knows none."""
    given = set(parse_qs(query, keep_blank_values=True))
    given |= {f"{k}={v[0]}" for k, v in parse_qs(query).items()}
    for route in routes(service):
        fits = route.method == method and route.query <= given
        if fits and route.path.fullmatch(path):
            return route.operation
    return ""


def rest_parameters(
    service: str, operation: str, call: tuple[str, str, bytes]
) -> dict[str, Any]:
    """Return the parameters of a rest-json call: path, query string and body."""
    path, query, body = call
    model = service_model(service).operation_model(operation)
    route = next(r for r in routes(service) if r.operation == operation)
    in_path = route.path.fullmatch(path)
    given = parse_qs(query, keep_blank_values=True)
    document = _document(body)
    found: dict[str, Any] = {}
    members = model.input_shape.members if model.input_shape else {}
    for name, shape in members.items():
        place = shape.serialization
        wire_name = place.get("name", name)
        match place.get("location"):
            case "uri" if in_path:
                found[name] = unquote(in_path[_group(wire_name)])
            case "querystring" if wire_name in given:
                found[name] = _typed(shape, given[wire_name])
            case None if wire_name in document:
                found[name] = document[wire_name]
    return found


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _typed(shape: Shape, values: list[str]) -> Any:
    match shape.type_name:
        case "list":
            return values
        case "integer" | "long":
            return int(values[0])
        case "boolean":
            return values[0] == "true"
    return values[0]


def _group(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _route(operation: OperationModel) -> Route:
    path, _, query = operation.http["requestUri"].partition("?")
    pieces = re.split(r"({[^}]+})", path.rstrip("/") or "/")
    pattern = "".join(_piece(piece) for piece in pieces)
    literal = sum(len(piece) for piece in pieces if not piece.startswith("{"))
    wanted = frozenset(filter(None, query.split("&")))
    wanted = frozenset(w.removesuffix("=") for w in wanted)
    method = operation.http["method"]
    return Route(method, re.compile(pattern + "/?"), literal, wanted, operation.name)


def _piece(piece: str) -> str:
    if not piece.startswith("{"):
        return re.escape(piece)
    name = _group(piece[1:-1].removesuffix("+"))
    return f"(?P<{name}>.+)" if piece.endswith("+}") else f"(?P<{name}>[^/]+)"
