"""A deployed table: one fact, one property."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.deployed.encryption import EncryptionKey, KeyState
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.index import DeployedIndex, key
from conformance.deployed.other_indexes import other_indexes_of
from conformance.deployed.replica import consistency_of, state_of
from conformance.deployed.throughput import Maxima, maxima_of
from conformance.model.errors import NotApplicableError, NotAssessedError
from conformance.model.recovery_window import LONGEST_DAYS, RecoveryWindow
from conformance.model.table import AWS_OWNED, OFF, STANDARD, Key


class MissingTableError(NotAssessedError):
    """TBL-1 fails for it; whatever else rests on the table cannot be assessed."""


class DeployedTable:
    """One table in one region, as AWS describes it."""

    def __init__(self, facts: Facts, region: str, name: str) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._declared_name = name
        self.region = region
        self.name = facts.environment.physical(name)
        account = facts.environment.account
        self.arn = f"arn:aws:dynamodb:{region}:{account}:table/{self.name}"

    @prefetched
    def description(self) -> Members:
        """DescribeTable."""
        try:
            answer = self._read("DescribeTable", TableName=self.name)
        except AwsError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
            raise MissingTableError("table missing (TBL-1)") from None
        return Members(answer["Table"])

    def require_present(self) -> None:
        """Return only if the table exists.

        Raises:
            MissingTableError: it does not.
        """
        _ = self.description

    @prefetched
    def _continuous_backups(self) -> Members:
        """DescribeContinuousBackups."""
        answer = self._read_existing("DescribeContinuousBackups", TableName=self.name)
        description = answer["ContinuousBackupsDescription"]
        # ContinuousBackupsStatus is ENABLED on every table and says nothing.
        return Members(description["PointInTimeRecoveryDescription"])

    @prefetched
    def _time_to_live(self) -> Members:
        """DescribeTimeToLive."""
        answer = self._read_existing("DescribeTimeToLive", TableName=self.name)
        return Members(answer["TimeToLiveDescription"])

    @prefetched
    def tags(self) -> Mapping[str, str]:
        """Every tag of the table."""
        answer = self._read_existing("ListTagsOfResource", ResourceArn=self.arn)
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}

    @property
    def status(self) -> str:
        """`ACTIVE`, another status of DescribeTable, or `MISSING`."""
        try:
            return str(self.description["TableStatus"])
        except MissingTableError:
            return "MISSING"

    @property
    def key(self) -> Key:
        """Partition and sort key with their types."""
        return key(self.description["KeySchema"], self._types)

    @property
    def capacity_mode(self) -> str:
        """`PAY_PER_REQUEST` or `PROVISIONED`.

        BillingModeSummary is absent on tables that were never on-demand:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html
        """
        summary = self.description.get("BillingModeSummary")
        return "PROVISIONED" if summary is None else str(summary["BillingMode"])

    @property
    def maxima(self) -> Maxima:
        """The maxima that limit the table's throughput, in units a second."""
        return maxima_of(self.description, self.capacity_mode)

    @property
    def table_class(self) -> str:
        """The table class; a table is STANDARD unless it was given another one.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.TableClasses.html
        """
        summary = self.description.get("TableClassSummary")
        return STANDARD if summary is None else str(summary["TableClass"])

    @property
    def disassociation_protection(self) -> bool:
        """False if a replica may be taken out of its global table.

        "Protection is enabled by default" (API_TableDescription).
        """
        return bool(self.description.get("DisassociationProtectionEnabled", True))

    @property
    def deletion_protection(self) -> bool:
        """True if DeleteTable is refused; where it is not described, it is off.

        "Deletion protection is disabled by default":
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
        """
        return bool(self.description.get("DeletionProtectionEnabled", False))

    @property
    def stream(self) -> str:
        """The view type of the enabled stream, or `OFF`; no specification means off."""
        specification = self.description.get("StreamSpecification")
        if specification is None or not specification["StreamEnabled"]:
            return OFF
        return str(specification["StreamViewType"])

    @property
    def stream_arn(self) -> str:
        """The ARN of the enabled stream."""
        return str(self.description["LatestStreamArn"])

    @property
    def replicas(self) -> Mapping[str, str]:
        """ReplicaStatus by region; the list is absent where the table has none."""
        replicas = self.description.get("Replicas", ())
        return {replica["RegionName"]: replica["ReplicaStatus"] for replica in replicas}

    @property
    def replica_states(self) -> Mapping[str, str]:
        """`ACTIVE` or what is otherwise with each replica, by region."""
        account = self._facts.environment.account
        replicas = self.description.get("Replicas", ())
        return {
            replica["RegionName"]: state_of(replica, account)
            for replica in replicas
            if replica["RegionName"] != self.region
        }

    @property
    def undeclared_replicas(self) -> Mapping[str, str]:
        """The state of each replica in a region that the environment has not."""
        declared = self._facts.environment.regions
        return {
            region: state
            for region, state in self.replica_states.items()
            if region not in declared
        }

    @property
    def consistency(self) -> str:
        """The consistency between regions: `EVENTUAL` or `STRONG`."""
        return consistency_of(self.description)

    @property
    def global_table_version(self) -> str:
        """The version, or `NONE`: it is absent on a table without replicas."""
        return str(self.description.get("GlobalTableVersion", "NONE"))

    @property
    def ttl(self) -> str:
        """The expiry attribute, `OFF`, or the attribute with a status in between."""
        status = self._time_to_live["TimeToLiveStatus"]
        if status == "DISABLED":
            return OFF
        attribute = str(self._time_to_live["AttributeName"])
        return attribute if status == "ENABLED" else f"{attribute} ({status})"

    @property
    def indexes(self) -> Mapping[str, DeployedIndex]:
        """Every global secondary index, by name; the list is absent where none is."""
        return {
            description["IndexName"]: self._index(description["IndexName"], description)
            for description in self.description.get("GlobalSecondaryIndexes", ())
        }

    @property
    def other_indexes(self) -> Mapping[str, str]:
        """Local and vector indexes in words, by name and kind."""
        return other_indexes_of(self.description, self._types)

    @property
    def index_shapes(self) -> Mapping[str, str]:
        """Every index in words, by name: key and projection, or what else it has."""
        shapes = {
            name: f"{index.key}, {index.projection}"
            for name, index in sorted(self.indexes.items())
        }
        return {**shapes, **self.other_indexes}

    @property
    def index_names(self) -> frozenset[str]:
        """The names of all indexes; those that are no global ones with their kind."""
        return frozenset(self.indexes) | frozenset(self.other_indexes)

    def index(self, name: str) -> DeployedIndex:
        """Return the index of this name, which may be missing."""
        return self.indexes.get(name) or self._index(name, None)

    def _index(self, name: str, description: dict[str, Any] | None) -> DeployedIndex:
        return DeployedIndex(
            facts=self._facts,
            region=self.region,
            table=self.name,
            name=name,
            description=description,
            types=self._types,
        )

    @property
    def recovery_status(self) -> str:
        """Point-in-time recovery: `ENABLED` or `DISABLED`."""
        return str(self._continuous_backups["PointInTimeRecoveryStatus"])

    @property
    def recovery_days(self) -> int:
        """The recovery period, in days."""
        recovery = self._enabled_recovery
        return int(recovery.get("RecoveryPeriodInDays", LONGEST_DAYS))

    @property
    def recovery_window(self) -> tuple[datetime, datetime]:
        """Earliest and latest restorable time."""
        recovery = self._enabled_recovery
        earliest: datetime = recovery["EarliestRestorableDateTime"]
        latest: datetime = recovery["LatestRestorableDateTime"]
        return earliest, latest

    @property
    def recovery(self) -> RecoveryWindow:
        """The recovery window beside AWS's own time of the answer."""
        earliest, latest = self.recovery_window
        return RecoveryWindow(
            earliest=earliest,
            latest=latest,
            days=self.recovery_days,
            table_made=self.description["CreationDateTime"],
            now=self._facts.answered_at(
                "dynamodb",
                self.region,
                "DescribeContinuousBackups",
                TableName=self.name,
            ),
        )

    @property
    def encryption(self) -> str:
        """SSE type and status; `AWS_OWNED` where AWS describes no SSE.

        SSEDescription is absent for a table under the AWS-owned key:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
        """
        sse = self.description.get("SSEDescription")
        return AWS_OWNED if sse is None else f"{sse['SSEType']} {sse['Status']}"

    @property
    def encryption_key(self) -> EncryptionKey:
        """The table's KMS key."""
        if self.encryption == AWS_OWNED:
            raise NotAssessedError("no KMS key in use (ENC-1)")
        arn = self.description["SSEDescription"]["KMSMasterKeyArn"]
        return EncryptionKey(self._facts, self.region, arn)

    @prefetched
    def key_state(self) -> KeyState:
        """Class, state and home of the table's KMS key.

        InaccessibleEncryptionDateTime is described only while DynamoDB cannot use the
        key (API_SSEDescription), for whatever reason: its state may be as it should.
        """
        used = self.encryption_key
        lost = self.description["SSEDescription"].get("InaccessibleEncryptionDateTime")
        if lost is None:
            return used.state
        since = f"inaccessible to DynamoDB since {lost:%Y-%m-%d %H:%M} UTC"
        return used.in_state(f"{used.state_now}, {since}")

    def usable_key(self, key_class: str) -> KeyState:
        """Return the state that a key of this class needs to serve this table."""
        account = self._facts.environment.account
        return KeyState(key_class, "Enabled", self.region, account)

    @prefetched
    def key_rotation(self) -> str:
        """`ON` or `OFF`; for customer-managed keys only."""
        if self.encryption_key.key_class != "CUSTOMER_MANAGED":
            raise NotApplicableError("AWS rotates the keys that it manages")
        return self.encryption_key.rotation

    @prefetched
    def kinesis_streams(self) -> Mapping[str, str]:
        """The status of each Kinesis data stream that takes the table's changes."""
        return {
            arn.rpartition("/")[2]: status
            for arn, status in self._kinesis_destinations.items()
        }

    @property
    def _kinesis_destinations(self) -> Mapping[str, str]:
        """DescribeKinesisStreamingDestination; AWS lists disabled ones for a while.

        A local engine that does not know the operation has no Kinesis to send to.
        """
        operation = "DescribeKinesisStreamingDestination"
        try:
            answer = self._read_existing(operation, TableName=self.name)
        except AwsError as problem:
            local = not self._facts.environment.is_aws
            if local and problem.code == "UnknownOperationException":
                return {}
            raise
        return {
            destination["StreamArn"]: destination["DestinationStatus"]
            for destination in answer["KinesisDataStreamDestinations"]
            if destination["DestinationStatus"] != "DISABLED"
        }

    @property
    def consumers(self) -> frozenset[str]:
        """The ARNs of whatever a write to the table wakes, here or at a replica.

        A write arrives on the stream of each replica:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
        """
        others = (
            DeployedTable(self._facts, region, self._declared_name)
            for region in self.replicas
        )
        return self.own_consumers.union(*(other.own_consumers for other in others))

    @property
    def own_consumers(self) -> frozenset[str]:
        """The ARNs of whatever a write to the table wakes in its own region."""
        return self._functions | frozenset(self._kinesis_destinations)

    @prefetched
    def _functions(self) -> frozenset[str]:
        """The function ARNs of enabled event source mappings on the table's stream."""
        if self.stream == OFF:
            return frozenset()
        answer = self._facts.read(
            "lambda",
            self.region,
            "ListEventSourceMappings",
            EventSourceArn=self.stream_arn,
        )
        return frozenset(
            mapping["FunctionArn"]
            for mapping in answer["EventSourceMappings"]
            if mapping["State"] not in ("Disabled", "Disabling")
        )

    @property
    def _types(self) -> dict[str, str]:
        definitions = self.description["AttributeDefinitions"]
        return {
            definition["AttributeName"]: definition["AttributeType"]
            for definition in definitions
        }

    @property
    def _enabled_recovery(self) -> Members:
        if self.recovery_status != "ENABLED":
            raise NotAssessedError("point-in-time recovery is off (PIT-1)")
        return self._continuous_backups

    def _read_existing(self, operation: str, **parameters: Any) -> Members:
        """Read what only an existing table can answer."""
        try:
            return self._read(operation, **parameters)
        except AwsError as problem:
            if "NotFound" in problem.code and self.status == "MISSING":
                raise MissingTableError("table missing (TBL-1)") from None
            raise

    def _read(self, operation: str, **parameters: Any) -> Members:
        return self._facts.read("dynamodb", self.region, operation, **parameters)
