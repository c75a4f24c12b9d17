"""Answers of DynamoDB, interpreted for a load: done, throttled, or an error."""

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
    """A status and bytes, or the name of the problem that prevented an answer."""

    status: int
    body: bytes
    error: str = ""

    @property
    def ok(self) -> bool:
        """Return True if DynamoDB did what was asked."""
        return self.status == OK


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The meaning of one answer."""

    throttles: tuple[tuple[str, str], ...] = ()
    """Index (empty for the table) and reason of each throttling."""
    error: str = ""
    message: str = ""
    consumed: Mapping[str, float] | None = field(default=None)
    """Units by index, where it was read."""

    @property
    def problem(self) -> str:
        """Return the problem in a word; empty for a success."""
        return "throttled" if self.throttles else self.error


DONE = Interpretation()
_FOUND = {"get": b'"Item"', "get_strong": b'"Item"', QUERY: b'"Items"'}
"""The bytes that an answer holds if it found what was seeded."""


def interpret(kind: Kind, answer: Answer, *, with_capacity: bool) -> Interpretation:
    """Distinguish a success from throttling and from errors.

    An answer is a success only with the expected content: a read holds the seeded item,
    a query finds something, a batch leaves nothing unprocessed.
    """
    if not answer.ok:
        return _refused(answer)
    operation, body = kind.operation, answer.body
    if _FOUND.get(operation, b"") not in body or (
        operation == QUERY and b'"Count":0' in body
    ):
        return Interpretation(error="ItemMissing", message=_text(answer))
    if not with_capacity and operation != "batch_get":
        return DONE
    try:
        content = orjson.loads(body)
    except ValueError:
        return Interpretation(error="NoJson", message=_text(answer))
    if content.get("UnprocessedKeys"):
        # The documented sign of throttling in a batch: API_BatchGetItem.
        return Interpretation(throttles=(("", "UnprocessedKeys"),))
    return Interpretation(consumed=consumed_units(content) if with_capacity else None)


def _refused(answer: Answer) -> Interpretation:
    if answer.error:
        return Interpretation(error=answer.error, message=_text(answer))
    try:
        content = orjson.loads(answer.body)
        code = str(content["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return Interpretation(error=f"HTTP {answer.status}", message=_text(answer))
    if code in _THROTTLING:
        return Interpretation(throttles=tuple(_reasons(content)) or (("", code),))
    if code == _CANCELLED:
        cancellations = content.get("CancellationReasons", ())
        reasons = [cancellation.get("Code") for cancellation in cancellations]
        if _CANCELLED_FOR_CAPACITY.intersection(reasons):
            return Interpretation(
                throttles=(("", f"{code}: {', '.join(map(str, reasons))}"),)
            )
        given = (str(reason) for reason in reasons if reason != "None")
        code = f"{code}: {', '.join(given)}"
    return Interpretation(error=code, message=_text(answer))


def _reasons(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield index and reason of each of the exception's `throttlingReasons`.

    Documented as ThrottlingReasons with `reason` and the ARN `resource`
    (API_ThrottlingReason), but the wire may begin either word with a small letter.
    """
    named = content.get("throttlingReasons") or content.get("ThrottlingReasons") or ()
    for throttling in named:
        resource = str(throttling.get("resource", ""))
        index = resource.partition("/index/")[2]
        yield index, str(throttling.get("reason", _UNEXPLAINED))


def consumed_units(content: Mapping[str, Any]) -> dict[str, float]:
    """Return the units of the table itself (by the empty name) and of each index."""
    answered = content.get("ConsumedCapacity", ())
    units: dict[str, float] = {}
    for consumed in [answered] if isinstance(answered, Mapping) else answered:
        parts = consumed.get("GlobalSecondaryIndexes", {})
        for index, part in parts.items():
            units[index] = units.get(index, 0.0) + part["CapacityUnits"]
        rest = consumed.get("Table", {}).get("CapacityUnits")
        if rest is None:  # an engine that does not report the table apart
            rest = consumed["CapacityUnits"] - sum(
                part["CapacityUnits"] for part in parts.values()
            )
        units[""] = units.get("", 0.0) + rest
    return units


def _text(answer: Answer) -> str:
    return answer.body[:_SHOWN].decode(errors="replace")
