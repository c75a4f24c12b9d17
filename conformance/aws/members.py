"""The members of an answer: what AWS left out, or said in another type, is named.

botocore's models say which members an answer may have, and of which type. No member of
an answer is promised, so a reader that needs one must not meet a KeyError.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

from conformance.aws.sessions import deaf_session
from conformance.model.errors import UnreadableError
from conformance.model.text import cut

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "timestamp": (datetime,),
    **dict.fromkeys(("integer", "long", "float", "double"), (int, float)),
}
_POLICY = "policyDocumentType"
"""The strings of IAM that boto3 reads as JSON."""
_SHOWN = 60


class Members(dict[str, Any]):
    """A structure of an answer; a member that is read and absent is named.

    A copy is made by `Members(structure)`: `dict(structure)` would forget the names.
    """

    __slots__ = ("path", "request")

    def __init__(
        self,
        content: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        request: str = "",
        path: str = "",
    ) -> None:
        """Keep the members, the request, and where in its answer the structure is."""
        super().__init__(content)
        same = content if isinstance(content, Members) else None
        self.request: str = request or (same.request if same else "")
        self.path: str = path or (same.path if same else "")

    def __missing__(self, name: str) -> Any:
        """Name the member.

        Raises:
            UnreadableError: always.
        """
        raise UnreadableError(
            f"{self.request or 'AWS'} answered without {_inside(self.path, name)}"
        )

    def __or__(self, other: Any) -> Any:
        """Add members; those that are still absent keep their names."""
        return Members(super().__or__(other), self.request, self.path)

    def embedded(self, name: str) -> Any:
        """Return the JSON document that a member holds as text.

        Raises:
            UnreadableError: the member is absent, or is no JSON.
        """
        text, path = self[name], _inside(self.path, name)
        if not isinstance(text, str):  # boto3 has read the policies of IAM already
            return _untyped(text, self.request, path)
        try:
            document = json.loads(unquote(text) if text.startswith("%") else text)
        except ValueError:
            raise UnreadableError(
                f"{self.request} answered {path} that is no JSON: {cut(text, _SHOWN)!r}"
            ) from None
        return _untyped(document, self.request, path)


@cache
def output_shape(service: str, operation: str) -> Any:
    """Return botocore's description of the answer to an operation, None if none."""
    model = deaf_session().get_service_model(service)
    return model.operation_model(operation).output_shape


def answered(request: str, answer: Mapping[str, Any], shape: Any) -> Members:
    """Return the answer with the names of its members.

    `shape` is botocore's description of the answer, None if it describes none.

    Raises:
        UnreadableError: a member has another type than botocore's model says.
    """
    known = shape.members if shape is not None else {}
    return Members(_members(answer, known, request, ""), request)


def _members(
    answer: Mapping[str, Any], known: Mapping[str, Any], request: str, path: str
) -> dict[str, Any]:
    return {
        name: _typed(value, known[name], request, _inside(path, name))
        if name in known
        else value
        for name, value in answer.items()
    }


def _typed(value: Any, shape: Any, request: str, path: str) -> Any:
    """Return the value with the names of its members, if it has the shape's type."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False) or kind not in _TYPES:
        return value
    if shape.name == _POLICY and isinstance(value, dict):
        return _untyped(value, request, path)
    wrong_bool = isinstance(value, bool) and kind != "boolean"
    if wrong_bool or not isinstance(value, _TYPES[kind]):
        raise UnreadableError(
            f"{request} answered {path} as {type(value).__name__}, which AWS documents "
            f"as {kind}: {cut(str(value), _SHOWN)}"
        )
    match value:
        case dict() if kind == "structure":
            inner = _members(value, shape.members, request, path)
            return Members(inner, request, path)
        case dict():
            inner = {
                name: _typed(one, shape.value, request, f"{path}[{name!r}]")
                for name, one in value.items()
            }
            return Members(inner, request, path)
        case list():
            return [
                _typed(one, shape.member, request, f"{path}[{place}]")
                for place, one in enumerate(value)
            ]
    return value


def _untyped(value: Any, request: str, path: str) -> Any:
    """Return a document with the names of its members."""
    match value:
        case dict():
            inner = {
                name: _untyped(one, request, _inside(path, name))
                for name, one in value.items()
            }
            return Members(inner, request, path)
        case list():
            return [
                _untyped(one, request, f"{path}[{place}]")
                for place, one in enumerate(value)
            ]
    return value


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
