"""What a table's stream tells about a write of ours."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from conformance.aws import Door, unreadable
from conformance.probes.items import Items
from conformance.probes.writes import raise_version
from conformance.waiting import wait_for

_PATIENCE_S = 30.0
IMAGES = {
    "KEYS_ONLY": frozenset[str](),
    "NEW_IMAGE": frozenset({"NewImage"}),
    "OLD_IMAGE": frozenset({"OldImage"}),
    "NEW_AND_OLD_IMAGES": frozenset({"NewImage", "OldImage"}),
}


@dataclass(frozen=True)
class Change:
    """One record of the stream: what happened and which images it carries."""

    event: str
    """`INSERT`, `MODIFY` or `REMOVE`."""
    images: frozenset[str]


def expected_changes(view: str) -> list[Change]:
    """What a stream of this view says of a put, an update and a delete."""
    images = IMAGES[view]
    return [
        Change("INSERT", images - {"OldImage"}),
        Change("MODIFY", images),
        Change("REMOVE", images - {"NewImage"}),
    ]


def changes(door: Door, items: Items) -> list[Change]:
    """Put, update and delete an item, and return what the stream says of it.

    Raises:
        AwsError, UnreadableError: the stream could not be read.
    """
    client = door.client("dynamodbstreams", items.deployed.region)
    try:
        iterators = _iterators(client, items.deployed.stream_arn)
        items.put(items.item())
        raise_version(items)
        items.delete()
        found: list[Change] = []

        def read() -> list[Change]:
            for shard, iterator in list(iterators.items()):
                answer = client.get_records(ShardIterator=iterator)
                found.extend(_ours(answer["Records"], items.key(0)))
                # NextShardIterator is absent once a closed shard is read to its end.
                iterators[shard] = answer.get("NextShardIterator", "")
                if not iterators[shard]:
                    del iterators[shard]
            return found

        wanted = len(expected_changes("KEYS_ONLY"))
        return wait_for(read, lambda seen: len(seen) >= wanted, _PATIENCE_S)
    except (ClientError, BotoCoreError) as problem:
        raise unreadable(f"stream of {items.deployed.name}", problem) from None


def _iterators(client: Any, stream_arn: str) -> dict[str, str]:
    """An iterator at the end of every shard that still takes records."""
    shards: list[dict[str, Any]] = []
    start: dict[str, str] = {}
    while True:
        page = client.describe_stream(StreamArn=stream_arn, **start)[
            "StreamDescription"
        ]
        shards += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            break
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
    return {
        shard["ShardId"]: client.get_shard_iterator(
            StreamArn=stream_arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="LATEST",
        )["ShardIterator"]
        for shard in shards
        if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
    }


def _ours(records: list[dict[str, Any]], key: dict[str, Any]) -> list[Change]:
    return [
        Change(
            record["eventName"],
            frozenset({"NewImage", "OldImage"} & set(record["dynamodb"])),
        )
        for record in records
        if record["dynamodb"]["Keys"] == key
    ]
