"""What an answer of DynamoDB means to a load: done, throttled, or an error."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from conformance.load.request_bodies import QUERY, Kind

OK = HTTPStatus.OK.value
_THROTTLING = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}
_CANCELLED = "TransactionCanceledException"
_CANCELLED_FOR_CAPACITY = {"ProvisionedThroughputExceeded", "ThrottlingError"}
_UNEXPLAINED = "no reason given"
_SHOWN = 300


class Answer(NamedTuple):
    """What came back: a status and bytes, or the name of what went wrong before."""

    status: int
    body: bytes
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether DynamoDB did what was asked."""
        return self.status == OK


@dataclass(frozen=True, slots=True)
class Judged:
    """What it means."""

    throttles: tuple[tuple[str, str], ...] = ()
    """Index (empty for the table) and reason of each throttling."""
    error: str = ""
    message: str = ""
    consumed: Mapping[str, float] | None = field(default=None)
    """Units by index, where it was read."""

    @property
    def problem(self) -> str:
        """What was wrong, in a word; empty for a success."""
        return "throttled" if self.throttles else self.error


DONE = Judged()
_FOUND = {"get": b'"Item"', "get_strong": b'"Item"', QUERY: b'"Items"'}
"""What an answer holds that found what was seeded."""


def judged(kind: Kind, answer: Answer, *, with_capacity: bool) -> Judged:
    """Tell a success from throttling and from errors.

    A success says what it must: a read of an item that was seeded holds it, a query
    finds something, a batch leaves nothing unprocessed.
    """
    if not answer.ok:
        return _refused(answer)
    operation, body = kind.operation, answer.body
    if _FOUND.get(operation, b"") not in body or (
        operation == QUERY and b'"Count":0' in body
    ):
        return Judged(error="ItemMissing", message=_text(answer))
    if not with_capacity and operation != "batch_get":
        return DONE
    try:
        content = orjson.loads(body)
    except ValueError:
        return Judged(error="NoJson", message=_text(answer))
    if content.get("UnprocessedKeys"):
        # The documented sign of throttling in a batch: API_BatchGetItem.
        return Judged(throttles=(("", "UnprocessedKeys"),))
    return Judged(consumed=consumed_units(content) if with_capacity else None)


def _refused(answer: Answer) -> Judged:
    if answer.error:
        return Judged(error=answer.error, message=_text(answer))
    try:
        content = orjson.loads(answer.body)
        code = str(content["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return Judged(error=f"HTTP {answer.status}", message=_text(answer))
    if code in _THROTTLING:
        return Judged(throttles=tuple(_reasons(content)) or (("", code),))
    if code == _CANCELLED:
        reasons = [it.get("Code") for it in content.get("CancellationReasons", ())]
        if _CANCELLED_FOR_CAPACITY.intersection(reasons):
            return Judged(throttles=(("", f"{code}: {', '.join(map(str, reasons))}"),))
        code = f"{code}: {', '.join(str(it) for it in reasons if it != 'None')}"
    return Judged(error=code, message=_text(answer))


def _reasons(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Index and reason, from the exception's `throttlingReasons`.

    Documented as ThrottlingReasons with `reason` and the ARN `resource`
    (API_ThrottlingReason), but the wire may begin either word with a small letter.
    """
    named = content.get("throttlingReasons") or content.get("ThrottlingReasons") or ()
    for each in named:
        resource = str(each.get("resource", ""))
        index = resource.partition("/index/")[2]
        yield index, str(each.get("reason", _UNEXPLAINED))


def consumed_units(content: Mapping[str, Any]) -> dict[str, float]:
    """Units of the table itself (by the empty name) and of each index."""
    told = content.get("ConsumedCapacity", ())
    units: dict[str, float] = {}
    for each in [told] if isinstance(told, Mapping) else told:
        parts = each.get("GlobalSecondaryIndexes", {})
        for index, part in parts.items():
            units[index] = units.get(index, 0.0) + part["CapacityUnits"]
        rest = each.get("Table", {}).get("CapacityUnits")
        if rest is None:  # an engine that tells no parts
            rest = each["CapacityUnits"] - sum(
                it["CapacityUnits"] for it in parts.values()
            )
        units[""] = units.get("", 0.0) + rest
    return units


def _text(answer: Answer) -> str:
    return answer.body[:_SHOWN].decode(errors="replace")
