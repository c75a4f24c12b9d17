"""A call's parameters as botocore's shapes say, whatever protocol carried them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cbor2
from botocore.model import ListShape, MapShape, Shape, StructureShape

from aws_standin.protocols import service_models
from aws_standin.protocols.messages import AwsError, Request


def of(request: Request) -> dict[str, Any]:
    """Return the parameters by shape name; times are datetimes in UTC.

    An operation that the model does not know has no parameters.
    """
    model = service_models.service_model(request.service)
    if request.operation not in model.operation_names:
        return {}
    shape = model.operation_model(request.operation).input_shape
    given: Any = request.parameters
    if request.protocol == "cbor":
        given = _from_cbor(request.body) if request.body else {}
    found: dict[str, Any] = {}
    if request.protocol in ("query", "ec2"):
        found = _from_form(shape, "", given) or {}
    elif shape is not None:
        found = _typed(shape, given)
    return found


def _from_cbor(body: bytes) -> Any:
    try:
        return cbor2.loads(body)
    except cbor2.CBORDecodeError as problem:
        message = f"The body is not CBOR: {problem}"
        raise AwsError("SerializationException", message) from None


def _typed(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = shape.members
        return {k: _typed(members[k], v) for k, v in value.items() if k in members}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_typed(shape.member, one) for one in value]
    return _scalar(shape.type_name, value)


def _scalar(kind: str, value: Any) -> Any:
    if kind == "timestamp":
        return _moment(value)
    if not isinstance(value, str):
        return value
    match kind:
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return value.lower() == "true"
    return value


def _moment(value: Any) -> Any:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_form(shape: Shape | None, name: str, form: Mapping[str, str]) -> Any:
    """Read one shape out of the flat form; None when nothing of it is there.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    """
    if isinstance(shape, StructureShape):
        dotted = f"{name}." if name else ""
        found = {
            key: value
            for key, member in shape.members.items()
            if (value := _from_form(member, dotted + _named(key, member), form))
            is not None
        }
        return found or None
    if isinstance(shape, ListShape):
        return _list_from_form(shape, name, form)
    if isinstance(shape, MapShape):
        return _map_from_form(shape, name, form)
    if shape is None or name not in form:
        return None
    return _scalar(shape.type_name, form[name])


def _list_from_form(shape: ListShape, name: str, form: Mapping[str, str]) -> Any:
    member = shape.member
    prefix = name
    if not shape.serialization.get("flattened"):
        prefix = f"{name}.{member.serialization.get('name', 'member')}"
    numbers = _numbers(prefix, form)
    items = [_from_form(member, f"{prefix}.{number}", form) for number in numbers]
    return items or ([] if name in form else None)


def _map_from_form(shape: MapShape, name: str, form: Mapping[str, str]) -> Any:
    prefix = name if shape.serialization.get("flattened") else f"{name}.entry"
    found = {
        form[f"{prefix}.{number}.{shape.key.serialization.get('name', 'key')}"]: (
            _from_form(
                shape.value,
                f"{prefix}.{number}.{shape.value.serialization.get('name', 'value')}",
                form,
            )
        )
        for number in _numbers(prefix, form)
    }
    return found or None


def _numbers(prefix: str, form: Mapping[str, str]) -> list[int]:
    pattern = re.compile(re.escape(prefix) + r"\.(\d+)(?:\.|$)")
    return sorted({int(hit[1]) for key in form if (hit := pattern.match(key))})


def _named(key: str, shape: Shape) -> str:
    name: str = shape.serialization.get("name", key)
    return name
