"""Removes what a load that was killed has left, however many items it had."""

import json
from typing import Any

from conformance.aws.client import AwsClients
from conformance.load.engine import Sender, Work
from conformance.load.request_bodies import Bodies, Request
from conformance.model.suite_keys import LOAD_SLOTS, batches


class _UnansweredError(Exception):
    """A request that was not answered as it must be."""


def remove_earlier(work: Work, clients: AwsClients, sender: Sender) -> tuple[int, str]:
    """How many items were deleted, and why not all of them; slot 0 goes last.

    A run of fewer items would delete slot 0, which stands for all, and leave the rest.
    """
    removed = 0
    try:
        for bodies in work.bodies.values():
            if not _there(bodies, range(1), clients, sender):
                continue
            for delete in reversed(_there(bodies, range(LOAD_SLOTS), clients, sender)):
                _answer(delete, clients, sender)
                removed += 1
    except _UnansweredError as problem:
        return removed, f"items of an earlier run are left: {problem}"
    return removed, ""


def _there(
    bodies: Bodies, slots: range, clients: AwsClients, sender: Sender
) -> list[Request]:
    """What deletes the items that are in these slots."""
    found = set()
    for part in batches(slots):
        answer = _answer(bodies.keys_of(part), clients, sender)
        if answer.get("UnprocessedKeys"):
            raise _UnansweredError("BatchGetItem left keys out")
        found |= {_text(key) for keys in answer["Responses"].values() for key in keys}
    deletes = map(bodies.delete, slots)
    return [it for it in deletes if _text(json.loads(it.body(0))["Key"]) in found]


def _text(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)


def _answer(request: Request, clients: AwsClients, sender: Sender) -> dict[str, Any]:
    clients.check_load(request.kind.api, json.loads(request.body(0)))
    answer = sender.ask(request)
    if not answer.ok:
        text = answer.body[:200].decode(errors="replace")
        what = answer.error or answer.status
        raise _UnansweredError(f"{request.kind.api}: {what}: {text}")
    return dict(json.loads(answer.body))
