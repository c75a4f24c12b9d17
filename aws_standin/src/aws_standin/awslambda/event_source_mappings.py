"""Lambda's event source mappings, which name the streams a function reads.  None runs.

Served here and not by moto, which for every item written to a table with a mapping
tries to run the function in docker.
Source: Lambda API Reference, CreateEventSourceMapping and the four beside it.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
Where = tuple[str, str]
"""Account and region."""
PAGE = 100
STREAM_BATCH = 100
"""The default BatchSize of a stream; a queue's is 10."""
Operation = Callable[[Where, Mapping[str, Any]], Members]


class Mappings:
    """The event source mappings of all accounts."""

    def __init__(self, standin: Context) -> None:
        self._standin = standin
        self._lock = threading.RLock()
        self._mappings: dict[Where, dict[str, Members]] = {}
        """By account and region, then by UUID."""
        self._operations: dict[str, tuple[int, Operation]] = {
            "CreateEventSourceMapping": (202, self._create),
            "GetEventSourceMapping": (200, self._found),
            "ListEventSourceMappings": (200, self._list),
            "UpdateEventSourceMapping": (202, self._update),
            "DeleteEventSourceMapping": (202, self._delete),
        }

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer for mappings; pass on the rest of Lambda."""
        if request.service != "lambda" or request.operation not in self._operations:
            return onward(request)
        status, operation = self._operations[request.operation]
        with self._lock:
            found = operation((request.account, request.region), request.parameters)
        return answer(request, found, status)

    def _here(self, where: Where) -> dict[str, Members]:
        return self._mappings.setdefault(where, {})

    def _create(self, where: Where, given: Mapping[str, Any]) -> Members:
        function = self._function(where, given["FunctionName"])
        source = given.get("EventSourceArn", "")
        for one in self._here(where).values():
            if (one["FunctionArn"], one["EventSourceArn"]) == (function, source):
                raise AwsError(
                    "ResourceConflictException",
                    f"The event source arn ({source}) and function ({function}) "
                    f"provided mapping already exists: {one['UUID']}",
                    409,
                )
        account, region = where
        uuid = str(uuid4())
        arn = f"arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}"
        default = 10 if ":sqs:" in source else STREAM_BATCH
        made = {
            "UUID": uuid,
            "EventSourceMappingArn": arn,
            "BatchSize": given.get("BatchSize", default),
            **_kept(given),
            "FunctionArn": function,
            "EventSourceArn": source,
            "State": _state(given.get("Enabled", True)),
            "StateTransitionReason": "User action",
            "LastModified": self._standin.clock.now(),
        }
        self._here(where)[uuid] = made
        return made

    def _found(self, where: Where, given: Mapping[str, Any]) -> Members:
        found = self._here(where).get(given["UUID"])
        if not found:
            raise AwsError(
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
                404,
            )
        return found

    def _list(self, where: Where, given: Mapping[str, Any]) -> Members:
        source, function = given.get("EventSourceArn"), given.get("FunctionName")
        arn = self._function(where, function) if function else None
        found = [
            one
            for one in self._here(where).values()
            if source in (None, one["EventSourceArn"])
            and arn in (None, one["FunctionArn"])
        ]
        begin = int(given.get("Marker") or 0)
        end = begin + int(given.get("MaxItems") or PAGE)
        more = {"NextMarker": str(end)} if end < len(found) else {}
        return {"EventSourceMappings": found[begin:end], **more}

    def _update(self, where: Where, given: Mapping[str, Any]) -> Members:
        found = self._found(where, given)
        found |= _kept(given) | {"LastModified": self._standin.clock.now()}
        if "Enabled" in given:
            found["State"] = _state(given["Enabled"])
        if "FunctionName" in given:
            found["FunctionArn"] = self._function(where, given["FunctionName"])
        return found

    def _delete(self, where: Where, given: Mapping[str, Any]) -> Members:
        found = self._found(where, given)
        del self._here(where)[given["UUID"]]
        return found | {"State": "Deleting"}

    def _function(self, where: Where, name: str) -> str:
        try:
            found = self._standin.call(
                "lambda", "GetFunctionConfiguration", *where, FunctionName=name
            )
        except AwsError as problem:
            raise AwsError("InvalidParameterValueException", problem.message) from None
        return str(found["FunctionArn"])


def _kept(given: Mapping[str, Any]) -> Members:
    """Return what a mapping shows as it was given."""
    own = ("UUID", "Enabled", "FunctionName", "Tags")
    return {key: value for key, value in given.items() if key not in own}


def _state(enabled: Any) -> str:
    return "Enabled" if enabled else "Disabled"
