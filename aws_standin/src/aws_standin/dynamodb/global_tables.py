"""Global tables, version 2019.11.21: adding and removing replicas.

What the stand-in follows: Developer guide, "Global tables: how it works" and
"settings"; API_UpdateTable, API_ReplicationGroupUpdate.  Streams are on in every
replica; what is on with another view than NEW_AND_OLD_IMAGES is refused.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_standin.account_regions import BY_DEFAULT, OPT_IN
from aws_standin.dynamodb.shown_settings import keep
from aws_standin.dynamodb.table_copy import creation, fill
from aws_standin.dynamodb.table_lifecycle import PROTECTED, Lifecycle
from aws_standin.dynamodb.table_restore import TableRestore
from aws_standin.dynamodb.table_status import ACTIVE
from aws_standin.dynamodb.tables import Ask, Group, Table, Tables, name_in
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

BOTH_IMAGES = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
LOCAL = "Cannot add or delete the local region through ReplicaUpdates."
THERE = (
    "Failed to create a the new replica of table with name: '{}' because one or more"
    " replicas already existed as tables."
)
NO_MEMBER = (
    "Update global table operation failed because one or more replicas were not part"
    " of the global table. Please retry the request without these replicas: [{}]."
)
SOURCE = (
    "Replica cannot be deleted because it has acted as a source region for new"
    " replica(s) being added to the table in the last 24 hours."
)
CAPACITY = "Table write capacity should either be Pay-Per-Request or AutoScaled."
CHANGED = ("OnDemandThroughputOverride", "TableClassOverride")
"""The members of a replica that an update may change here."""
Document = dict[str, Any]
OPERATIONS = ("DeleteTable", "UpdateTable")


@dataclass
class GlobalTables:
    """Answers UpdateTable's ReplicaUpdates."""

    lifecycle: Lifecycle
    table_restore: TableRestore
    call: Ask

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer ReplicaUpdates; refuse to delete a replica that others came from."""
        given = request.parameters
        if request.operation == "UpdateTable" and given.get("ReplicaUpdates"):
            return self._update(request)
        if request.operation == "DeleteTable":
            table = self._tables.find(name_in(request, given["TableName"]))
            if table:
                self._refuse_if_source(table)
        return onward(request)

    @property
    def _tables(self) -> Tables:
        return self.table_restore.tables

    def _update(self, request: Request) -> Response:
        table = self._tables.get(name_in(request, request.parameters["TableName"]))
        action, wanted = _only_action(request.parameters)
        region = wanted["RegionName"]
        if region == table.name.region:
            raise _invalid(LOCAL)
        self._refuse_unless_idle(table)
        if action == "Create":
            self._create(table, wanted)
        elif region not in {one.name.region for one in table.others()}:
            raise _invalid(NO_MEMBER.format(region))
        elif action == "Delete":
            self._delete(table, region)
        else:
            self._change(table, wanted)
        self.lifecycle.statuses.begin(table, "UPDATING", "table_updating")
        shown = self.table_restore.describe(table) | {"TableStatus": "UPDATING"}
        return answer(request, {"TableDescription": shown})

    def _refuse_unless_idle(self, table: Table) -> None:
        self.lifecycle.refuse_unless_idle(table)
        for other in table.others():
            if self.lifecycle.statuses.of(other) not in (ACTIVE, "UPDATING"):
                self.lifecycle.refuse_unless_idle(other)

    def _create(self, table: Table, wanted: Document) -> None:
        target = table.name._replace(region=wanted["RegionName"])
        if target.region not in BY_DEFAULT | OPT_IN:
            raise _invalid(f"Region {target.region} is not supported.")
        if self._tables.find(target):
            raise _invalid(THERE.format(target.table))
        source = self.table_restore.describe(table)
        self._check_capacity(table, source)
        encryption = self._encryption(table, source, wanted)
        stream = self._stream(table, source)
        made = creation(source, target.table, encryption)
        made["StreamSpecification"] = stream
        summary = source.get("TableClassSummary", {})
        if "TableClassOverride" in wanted or summary:
            shared = summary.get("TableClass")
            made["TableClass"] = wanted.get("TableClassOverride", shared)
        with self._tables.locked([table.name, target]):
            where = (target.account, target.region)
            self.call("dynamodb", "CreateTable", *where, **made)
            replica = self._tables.get(target)
            fill(self.call, target, table.journal.items())
            self._join(table, replica)
            _override(replica, wanted)
            replica.phases.pop("", None)
            self.lifecycle.statuses.begin(replica, "CREATING", "replica_creating")
        self._copy_ttl(table, replica)

    def _join(self, table: Table, replica: Table) -> None:
        group = table.group or Group({table.name.region: table})
        region = replica.name.region
        group.members[region] = replica
        group.added[region] = (table.name.region, self._tables.clock.now())
        table.group = replica.group = group

    def _stream(self, table: Table, source: Document) -> Document:
        """Return the stream of all replicas; switch it on where there is none."""
        stream: Document | None = source.get("StreamSpecification")
        if stream is None:
            account, region, name = table.name
            asked = {"TableName": name, "StreamSpecification": BOTH_IMAGES}
            self._tables.ask("dynamodb", "UpdateTable", account, region, **asked)
            return BOTH_IMAGES
        if stream["StreamViewType"] != "NEW_AND_OLD_IMAGES":
            raise _invalid("Table must have a stream with NEW_AND_OLD_IMAGES.")
        return stream

    def _check_capacity(self, table: Table, source: Document) -> None:
        """Refuse provisioned write capacity that does not scale by itself."""
        summary = source.get("BillingModeSummary", {})
        if summary.get("BillingMode") == "PAY_PER_REQUEST":
            return
        targets = self.call(
            "application-autoscaling",
            "DescribeScalableTargets",
            table.name.account,
            table.name.region,
            ServiceNamespace="dynamodb",
            ResourceIds=[f"table/{table.name.table}"],
            ScalableDimension="dynamodb:table:WriteCapacityUnits",
        )
        if not targets["ScalableTargets"]:
            raise _invalid(CAPACITY)

    def _encryption(self, table: Table, source: Document, wanted: Document) -> Document:
        """Return the override that gives the replica a key of its own region."""
        described = source.get("SSEDescription")
        key = wanted.get("KMSMasterKeyId")
        if described is None:
            if key:
                raise _invalid("The table is encrypted with an AWS owned key.")
            return {"SSESpecificationOverride": {"Enabled": False}}
        encryption: Document = {"Enabled": True, "SSEType": "KMS"}
        if key:
            encryption["KMSMasterKeyId"] = key
        elif self._is_customers(table, described["KMSMasterKeyArn"]):
            raise _invalid("KMSMasterKeyId must be given for the replica's region.")
        return {"SSESpecificationOverride": encryption}

    def _is_customers(self, table: Table, key: str) -> bool:
        account, region, _ = table.name
        found = self.call("kms", "DescribeKey", account, region, KeyId=key)
        return bool(found["KeyMetadata"]["KeyManager"] == "CUSTOMER")

    def _copy_ttl(self, table: Table, replica: Table) -> None:
        found = self._tables.ask(
            "dynamodb",
            "DescribeTimeToLive",
            table.name.account,
            table.name.region,
            TableName=table.name.table,
        )["TimeToLiveDescription"]
        if found["TimeToLiveStatus"] == "ENABLED":
            account, region, name = replica.name
            wanted = {"Enabled": True, "AttributeName": found["AttributeName"]}
            asked = {"TableName": name, "TimeToLiveSpecification": wanted}
            self._tables.ask("dynamodb", "UpdateTimeToLive", account, region, **asked)

    def _delete(self, table: Table, region: str) -> None:
        replica = table.group.members[region] if table.group else table
        self._refuse_if_source(replica)
        if self._tables.describe(replica.name).get("DeletionProtectionEnabled"):
            raise _invalid(PROTECTED)
        self.lifecycle.remove_later(replica, "replica_deleting")

    def _change(self, table: Table, wanted: Document) -> None:
        changes = set(wanted) - {"RegionName"}
        if not changes <= set(CHANGED):
            raise AwsError(
                "NotImplemented", f"the stand-in does not change {changes}", 501
            )
        for other in table.others():
            if other.name.region == wanted["RegionName"]:
                _override(other, wanted)

    def _refuse_if_source(self, table: Table) -> None:
        day_ago = self._tables.clock.now() - timedelta(days=1)
        added = table.group.added.values() if table.group else ()
        if any(table.name.region == source and at > day_ago for source, at in added):
            raise _invalid(SOURCE)


def _override(replica: Table, wanted: Document) -> None:
    if "TableClassOverride" in wanted:
        summary = {"TableClass": wanted["TableClassOverride"]}
        replica.shown["TableClassSummary"] = summary
    if limits := wanted.get("OnDemandThroughputOverride"):
        replica.shown_as_replica["OnDemandThroughputOverride"] = limits
        keep(replica, {"OnDemandThroughput": limits}, replica.created)


def _only_action(given: Document) -> tuple[str, Document]:
    """Return the one replica action; raises ValidationException for anything more."""
    if more := set(given) - {"TableName", "ReplicaUpdates"}:
        message = f"ReplicaUpdates must be the only change, not with {sorted(more)}."
        raise _invalid(message)
    actions = [pair for update in given["ReplicaUpdates"] for pair in update.items()]
    if len(actions) != 1:
        message = "more than one create or delete replica actions not allowed"
        raise _invalid(f"One or more parameter values were invalid: {message}")
    kind, wanted = actions[0]
    return kind, wanted


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
