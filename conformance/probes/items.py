"""Items of the fixed pool in one table: made like the sample, removed afterwards."""

import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

from conformance.aws.client import AwsClients
from conformance.deployed import DeployedTable
from conformance.model import suite_keys
from conformance.model.errors import NotAssessedError
from conformance.model.item import canonical
from conformance.model.table import OFF, Index, Table

_DAY_S = 86_400
_READS = ("get_item", "query")


class Items:
    """The pool slots of one process in one deployed table."""

    def __init__(
        self,
        clients: AwsClients,
        declared: Table,
        deployed: DeployedTable,
        worker: int = 0,
    ) -> None:
        """Know which slots are this process's; nothing is written yet."""
        self.declared = declared
        self.deployed = deployed
        self.nonce = uuid4().hex[:12]
        """Keeps index entries of this exercise apart from those of an earlier one."""
        self._clients = clients
        self._first = worker * suite_keys.SLOTS_A_WORKER
        self._used: dict[str, dict[str, Any]] = {}

    def key(self, slot: int) -> dict[str, Any]:
        """Return the primary key of one of this process's slots, in DynamoDB JSON."""
        return self._use(suite_keys.key(self.declared.key, self._first + slot))

    def key_of(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the primary key of an item, in DynamoDB JSON."""
        return self._use({a.name: item[a.name] for a in self.declared.key.attributes})

    def partition_value(self, index: Index, group: int = 0) -> dict[str, Any]:
        """Return the key value of one of our partitions of an index.

        Nobody else's item has it, unless the attribute is a key of the table, too:
        then it is derived from this process's slots, so that every key can be.
        """
        attribute = index.key.partition
        if attribute in self.declared.key.attributes:
            return suite_keys.key_value(attribute.type, self._first + group)
        return suite_keys.key_value(attribute.type, f"{self.nonce}-{group:04d}")

    def sort_value(self, index: Index, slot: int) -> dict[str, Any]:
        """Return the sort key value that an index shows for the item of a slot."""
        sort = index.key.sort
        if sort is None:
            raise ValueError(f"{index.name} has no sort key")
        first = self._first if sort in self.declared.key.attributes else 0
        return suite_keys.key_value(sort.type, first + slot)

    def in_index(self, slot: int, index: Index, group: int = 0) -> dict[str, Any]:
        """Return the item of a slot, in one partition of an index, sorted by slot."""
        item = self.item(slot)
        if index.key.sort:
            item[index.key.sort.name] = self.sort_value(index, slot)
        item[index.key.partition.name] = self.partition_value(index, group)
        self.key_of(item)
        return item

    def _use(self, key: dict[str, Any]) -> dict[str, Any]:
        self._used[str(key)] = key
        return key

    def item(self, slot: int = 0) -> dict[str, Any]:
        """Return a complete item like the declared sample, in DynamoDB JSON.

        Its index keys are our own too, so that no query of a service meets it, and
        where the table expires items it expires tomorrow, whatever becomes of us.
        """
        item = {name: dict(typed) for name, typed in self.declared.sample.items()}
        for index in self.declared.indexes.values():
            item[index.key.partition.name] = self.partition_value(index, slot)
        if self.declared.ttl != OFF:
            item[self.declared.ttl] = {"N": str(int(time.time()) + _DAY_S)}
        return item | self.key(slot)

    def put(self, item: dict[str, Any]) -> dict[str, Any]:
        """Write the item and return it in canonical form."""
        self.send("put_item", Item=item)
        return canonical(item)

    def put_over(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """Write the item and return the one that it replaced, in canonical form."""
        answer = self.send("put_item", Item=item, ReturnValues="ALL_OLD")
        # Attributes is absent where the table held none with this key (API_PutItem).
        return canonical(answer["Attributes"]) if "Attributes" in answer else None

    def get(self, slot: int = 0) -> dict[str, Any] | None:
        """Read the item in the slot strongly consistently, in canonical form."""
        answer = self.send("get_item", Key=self.key(slot), ConsistentRead=True)
        # Item is absent where the table holds none with this key.
        return canonical(answer["Item"]) if "Item" in answer else None

    def update(self, slot: int, expression: str, **rest: Any) -> dict[str, Any]:
        """Update the item in the slot, if it is there; return it as it is then."""
        return self.update_key(self.key(slot), expression, **rest)

    def update_key(
        self, key: dict[str, Any], expression: str, **rest: Any
    ) -> dict[str, Any]:
        """Update the item with this key, if it is there; return it as it is then.

        An update that arrives late must not bring back what was removed meanwhile.
        """
        condition = rest.pop("ConditionExpression", "")
        names = rest.pop("ExpressionAttributeNames", {})
        answer = self.send(
            "update_item",
            Key=key,
            UpdateExpression=expression,
            ConditionExpression=" AND ".join(
                filter(None, ["attribute_exists(#own)", condition])
            ),
            ExpressionAttributeNames=names | {"#own": self.declared.key.partition.name},
            ReturnValues="ALL_NEW",
            **rest,
        )
        return canonical(answer["Attributes"])

    def delete(self, slot: int = 0) -> None:
        """Delete the item in the slot, whether or not there is one."""
        self.send("delete_item", Key=self.key(slot))

    def remove(self, item: dict[str, Any]) -> None:
        """Delete the item with the key of this one, whether or not there is one."""
        self.send("delete_item", Key=self.key_of(item))

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a request to the table: a read is retried, a write is sent once.

        Raises:
            AwsError: AWS refused it; UnreadableError: there was no answer.
        """
        table = self.deployed
        use = "read" if method in _READS else "write"
        parameters |= {"TableName": table.name}
        return self._clients.send("dynamodb", table.region, method, use, **parameters)

    @property
    def reader(self) -> Any:
        """Return the client that retries, for requests that read."""
        return self._clients.client("dynamodb", self.deployed.region)

    @property
    def client(self) -> Any:
        """Return the client that sends each request once."""
        return self._clients.client("dynamodb", self.deployed.region, "write")

    def clear(self) -> None:
        """Delete whatever this exercise may have written."""
        with suppress(NotAssessedError):  # it was not allowed to write, either
            for key in self._used.values():
                self.send("delete_item", Key=key)
        self._used.clear()


def require_writable(declared: Table, deployed: DeployedTable, accepted: bool) -> None:
    """Go on only if items of ours fit the table and nobody is woken by them.

    Raises:
        NotAssessedError: with what is in the way.
    """
    if deployed.status not in ("ACTIVE", "UPDATING"):
        deployed.require_present()
        raise NotAssessedError(f"table is {deployed.status} (TBL-1)")
    if deployed.key != declared.key:
        raise NotAssessedError("primary key is not as declared (TBL-2)")
    for name, index in deployed.indexes.items():
        for attribute in index.key.attributes:
            if attribute.type not in declared.sample.get(
                attribute.name, attribute.type
            ):
                raise NotAssessedError(
                    f"{name} refuses declared items: key {attribute}"
                )
    if not accepted and deployed.consumers:
        consumers = ", ".join(sorted(deployed.consumers))
        raise NotAssessedError(
            f"writing would wake {consumers} through the stream; to decide this, the "
            'environment\'s owner adds consumers = "accepted" to its file'
        )
