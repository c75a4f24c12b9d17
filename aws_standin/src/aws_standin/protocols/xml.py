"""Answers and errors of the XML protocols: query, ec2 and rest-xml.

Answers are written by moto's serializer, from the output shape of the operation.
https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

Headers = list[tuple[str, str]]


def result(
    call: tuple[str, str, str], payload: Mapping[str, Any], request_id: str
) -> tuple[Headers, bytes]:
    """Return the headers and the body of an answer.

    `call` is the service, the operation and the protocol.  Raises NotImplementedError
    if the operation is unknown or its answer is no XML document, and ValueError if the
    payload has members that the operation does not return.
    """
    service, operation, protocol = call
    model = _model(service, operation)
    _check(f"{service}:{operation}", model.output_shape, payload)
    context = SerializationContext(request_id)
    serializer = get_serializer_class(service, protocol)(model, context)
    written = serializer.serialize(payload)
    return list(written["headers"].items()), str(written["body"]).encode()


def failure(service: str, problem: tuple[str, str, str], request_id: str) -> bytes:
    """Return an error: its code, its message, and whose fault it is."""
    code, message, fault = (escape(part) for part in problem)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if service == "s3":
        return f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>".encode()
    if service == "ec2":
        errors = f"<Errors><Error>{inner}</Error></Errors>"
        return (
            f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>".encode()
        )
    inner = f"<Error><Type>{fault}</Type>{inner}</Error>"
    inner += f"<RequestId>{request_id}</RequestId>"
    return f"<ErrorResponse>{inner}</ErrorResponse>".encode()


def _model(service: str, operation: str) -> OperationModel:
    model = get_service_model(service)
    if operation not in model.operation_names:
        raise NotImplementedError(f"botocore knows no operation {service}:{operation}")
    found: OperationModel = model.operation_model(operation)
    payload = found.output_shape and found.output_shape.serialization.get("payload")
    streamed = payload and found.output_shape.members[payload].type_name == "blob"
    if streamed or found.has_event_stream_output:
        raise NotImplementedError(
            f"the stand-in cannot write the answer of {service}:{operation}: it is a"
            " stream of bytes, not an XML document"
        )
    return found


def _check(place: str, shape: Shape | None, value: Any) -> None:
    """Refuse members that the shape does not have: the serializer drops them."""
    if isinstance(shape, StructureShape):
        for name, member in value.items():
            if name not in shape.members:
                raise ValueError(f"{place} has no member {name} in botocore's model")
            _check(f"{place}.{name}", shape.members[name], member)
    elif isinstance(shape, ListShape):
        for member in value:
            _check(place, shape.member, member)
    elif isinstance(shape, MapShape):
        for key, member in value.items():
            _check(f"{place}.{key}", shape.value, member)
    elif shape is None and value:
        raise ValueError(f"{place} returns nothing, and was to answer {value!r}")
