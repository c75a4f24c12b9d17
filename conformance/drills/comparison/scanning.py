"""Reads whole tables, in parallel segments, as the JSON that DynamoDB sends."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from conformance.aws.client import SDK_ERRORS, AwsClients, unreadable
from conformance.model.table import Key

SEGMENTS = 4
T = TypeVar("T")
Item = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A table that can be read through the clients."""

    clients: AwsClients
    region: str
    table: str
    key: Key

    def pages(self, segment: int) -> Iterator[list[Item]]:
        """Yield the items of one segment, page by page, read strongly consistently.

        Raises:
            AwsError, UnreadableError: the table could not be read.
        """
        client = self.clients.client("dynamodb", self.region, "scan")
        asked: dict[str, Any] = {
            "TableName": self.table,
            "ConsistentRead": True,
            "Segment": segment,
            "TotalSegments": SEGMENTS,
        }
        while True:
            try:
                answer = client.scan(**asked)
            except SDK_ERRORS as problem:
                where = f"scan of {self.table} in {self.region}"
                raise unreadable(where, problem) from None
            yield answer["Items"]
            # LastEvaluatedKey is absent after the last page.
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def map(self, work: Callable[[Iterator[list[Item]]], T]) -> list[T]:
        """Call `work` on the pages of each segment, in parallel; return its results.

        Raises:
            AwsError, UnreadableError: as `pages`; and whatever `work` raises.
        """
        over = Event()

        def pages(segment: int) -> Iterator[list[Item]]:
            for page in self.pages(segment):
                if over.is_set():
                    return
                yield page

        with ThreadPoolExecutor(SEGMENTS) as threads:
            try:
                made = [
                    threads.submit(copy_context().run, work, pages(segment))
                    for segment in range(SEGMENTS)
                ]
                return [future.result() for future in made]
            finally:
                over.set()  # whoever stops us waits for one page, not for the table
