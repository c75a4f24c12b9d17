"""The filters and pages of AWS Backup's List operations."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aws_standin.protocols.messages import AwsError

LARGEST = 1000
"""The largest MaxResults, and what is returned without one."""


def moment(value: Any) -> datetime:
    """Return a time given in a query string; raises InvalidParameterValueException."""
    try:
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
    except ValueError as unreadable:
        raise AwsError(
            "InvalidParameterValueException", f"{value!r} is not a timestamp"
        ) from unreadable
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def within(
    value: datetime | None, parameters: dict[str, Any], after: str, before: str
) -> bool:
    """Return whether a time lies between the bounds that are given, if any."""
    if after in parameters and not (value and value > moment(parameters[after])):
        return False
    return before not in parameters or bool(
        value and value < moment(parameters[before])
    )


def page(
    name: str, found: Sequence[dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any]:
    """Return one page under ``name``, with NextToken when there is more."""
    size = parameters.get("MaxResults", LARGEST)
    if not 1 <= size <= LARGEST:
        raise AwsError(
            "InvalidParameterValueException",
            f"MaxResults must be between 1 and {LARGEST}, not {size}",
        )
    start = _start(parameters.get("NextToken"))
    answer: dict[str, Any] = {name: list(found[start : start + size])}
    if start + size < len(found):
        answer["NextToken"] = base64.urlsafe_b64encode(
            str(start + size).encode()
        ).decode()
    return answer


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as unreadable:
        raise AwsError(
            "InvalidParameterValueException", "Invalid NextToken"
        ) from unreadable
