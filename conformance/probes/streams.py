"""The records of a table's stream about the suite's own writes."""

from dataclasses import dataclass
from typing import Any

from conformance.aws.client import AwsClients
from conformance.aws.members import Members
from conformance.aws.polling import wait_for
from conformance.probes.items import Items
from conformance.probes.writes import raise_version

_PAUSE_S = 1.0
"""Between two reads of a shard, which its own readers share: it answers five a second.

Source: DynamoDB Streams API Reference, GetRecords (the limit is that of a shard).
"""
_PATIENCE_S = 30.0
IMAGES = {
    "KEYS_ONLY": frozenset[str](),
    "NEW_IMAGE": frozenset({"NewImage"}),
    "OLD_IMAGE": frozenset({"OldImage"}),
    "NEW_AND_OLD_IMAGES": frozenset({"NewImage", "OldImage"}),
}


@dataclass(frozen=True, repr=False)
class Change:
    """One record of the stream: what happened and which images it carries."""

    event: str
    """`INSERT`, `MODIFY` or `REMOVE`."""
    images: frozenset[str]

    def __repr__(self) -> str:
        """Return the record in words."""
        images = " and ".join(sorted(self.images)) or "keys only"
        return f"{self.event} with {images}"


def expected_changes(view: str) -> list[Change]:
    """Return the records of a put, an update and a delete in a stream of this view."""
    images = IMAGES[view]
    return [
        Change("INSERT", images - {"OldImage"}),
        Change("MODIFY", images),
        Change("REMOVE", images - {"NewImage"}),
    ]


def changes(clients: AwsClients, items: Items) -> list[Change]:
    """Put, update and delete an item, and return what the stream says of it.

    Raises:
        AwsError, UnreadableError: the stream could not be read.
    """
    reader = _Reader(clients, items.deployed.region, items.deployed.stream_arn)
    items.put(items.item())
    raise_version(items)
    items.delete()
    found: list[Change] = []

    def read() -> list[Change]:
        found.extend(_ours(reader.read(), items.key(0)))
        return found

    wanted = len(expected_changes("KEYS_ONLY"))

    def complete(seen: list[Change]) -> bool:
        return len(seen) >= wanted

    return wait_for(read, complete, _PATIENCE_S, first_pause_s=_PAUSE_S)


class _Reader:
    """Reads on from where a stream ended when this was made."""

    def __init__(self, clients: AwsClients, region: str, stream_arn: str) -> None:
        self._clients = clients
        self._region = region
        self._stream_arn = stream_arn
        self._iterators: dict[str, str] = {}
        self._known: set[str] = set()
        self._follow("LATEST")

    def read(self) -> list[dict[str, Any]]:
        """Return the records since the last read."""
        records = []
        for shard, iterator in list(self._iterators.items()):
            answer = self._ask("GetRecords", ShardIterator=iterator)
            records += answer["Records"]
            # NextShardIterator is absent once a closed shard is read to its end; a
            # shard that took its place holds records from its very beginning.
            if "NextShardIterator" in answer:
                self._iterators[shard] = answer["NextShardIterator"]
            else:
                del self._iterators[shard]
                self._follow("TRIM_HORIZON")
        return records

    def _follow(self, start: str) -> None:
        """Take up every shard that is not known yet, from this kind of start."""
        for shard in self._shards():
            if shard not in self._known:
                self._known.add(shard)
                self._iterators[shard] = self._ask(
                    "GetShardIterator",
                    StreamArn=self._stream_arn,
                    ShardId=shard,
                    ShardIteratorType=start,
                )["ShardIterator"]

    def _shards(self) -> list[str]:
        shards: list[str] = []
        request = {"StreamArn": self._stream_arn}
        while True:
            page = self._ask("DescribeStream", **request)["StreamDescription"]
            shards += [shard["ShardId"] for shard in page["Shards"]]
            if "LastEvaluatedShardId" not in page:
                return shards
            request["ExclusiveStartShardId"] = page["LastEvaluatedShardId"]

    def _ask(self, operation: str, **parameters: Any) -> Members:
        return self._clients.ask(
            "dynamodbstreams", self._region, operation, **parameters
        )


def _ours(records: list[dict[str, Any]], key: dict[str, Any]) -> list[Change]:
    return [
        Change(
            record["eventName"],
            frozenset({"NewImage", "OldImage"} & set(record["dynamodb"])),
        )
        for record in records
        if record["dynamodb"]["Keys"] == key
    ]
