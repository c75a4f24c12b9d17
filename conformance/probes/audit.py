"""The records of CloudTrail about this run's requests, and their identities."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.aws.client import SDK_ERRORS, AwsClients, AwsError, unreadable
from conformance.aws.denials import DENIED
from conformance.aws.members import Members
from conformance.aws.polling import wait_for
from conformance.aws.recorder import collecting
from conformance.deployed.trails import DeployedTrails
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.operations import TRAIL_FOLDER
from conformance.probes.items import Items

Record = dict[str, Any]
_EARLIER = timedelta(minutes=1)
"""Our clock and AWS's may differ; requests are told apart by their ids."""
_PAUSE_S = 12.0
"""LookupEvents takes two requests a second, of everybody in the account and region."""


class Audit:
    """Looks for the records of calls of ours in one region."""

    def __init__(
        self, clients: AwsClients, trails: DeployedTrails, patience_s: float
    ) -> None:
        """Know where to look, and for how long; nothing is sent yet."""
        self._clients = clients
        self._trails = trails
        self._region = trails.region
        self._patience_s = patience_s

    def of_management(self) -> str:
        """Return the identity that just listed the tables, as LookupEvents says.

        Raises:
            NotAssessedError: the record did not appear in time.
        """
        began = datetime.now(UTC) - _EARLIER
        with collecting() as observations:
            self._clients.ask("dynamodb", self._region, "ListTables")
        ids = {observation.request_id for observation in observations}

        def found() -> Iterator[Record]:
            answer = self._clients.ask(
                "cloudtrail",
                self._region,
                "LookupEvents",
                LookupAttributes=[
                    {"AttributeKey": "EventName", "AttributeValue": "ListTables"}
                ],
                StartTime=began,
            )
            for event in answer["Events"]:
                yield event.embedded("CloudTrailEvent")

        return self._who(found, ids, "LookupEvents")

    def of_items(self, items: Items, where: str) -> str:
        """Return the identity that just put an item, as the trail's data events say.

        Raises:
            NotAssessedError: the record did not appear in time.
        """
        arn = items.deployed.description["TableArn"]
        began = datetime.now(UTC) - _EARLIER
        with collecting() as observations:
            items.put(items.item())
        ids = {observation.request_id for observation in observations}
        if where == "log group":
            return self._who(lambda: self._logged(arn, ids, began), ids, where)
        return self._who(lambda: self._filed(arn, began), ids, where)

    def _who(
        self, found: Callable[[], Iterator[Record]], ids: set[str], where: str
    ) -> str:
        """Return the identity in the record of one of these requests."""

        def look() -> str:
            return next(
                # Optional: CloudTrail User Guide, "CloudTrail record contents".
                (_identity(one) for one in found() if one.get("requestID") in ids),
                "",
            )

        pause = min(_PAUSE_S, self._patience_s / 60)
        who = wait_for(look, bool, self._patience_s, pause, pause)
        if not who:
            raise NotAssessedError(
                f"no record of this run's request in {where} of {self._region} within "
                f"{self._patience_s:g} s"
            )
        return who

    def _logged(self, arn: str, ids: set[str], began: datetime) -> Iterator[Record]:
        """Yield the records in the log groups that get the table's data events."""
        groups = list(self._trails.log_groups(arn))
        if not groups:
            raise NotAssessedError("no trail delivers data events to a log group")
        wanted = " || ".join(
            f'$.requestID = "{request_id}"' for request_id in sorted(ids)
        )
        for region, group in groups:
            answer = self._clients.ask(
                "logs",
                region,
                "FilterLogEvents",
                logGroupName=group,
                startTime=int(began.timestamp() * 1000),
                filterPattern=f"{{ {wanted} }}",
            )
            for event in answer["events"]:
                yield event.embedded("message")

    def _filed(self, arn: str, began: datetime) -> Iterator[Record]:
        """Yield the records in the files that were delivered to the bucket since."""
        files = TRAIL_FOLDER.format(account=self._clients.environment.account)
        for region, bucket, prefix in self._trails.buckets(arn):
            start = f"{prefix}/{files}" if prefix else files
            days = sorted(
                {f"{moment:%Y/%m/%d}" for moment in (began, datetime.now(UTC))}
            )
            for day in days:
                folder = f"{start}{self._region}/{day}/"
                yield from self._files(region, bucket, folder, began)

    def _files(
        self, region: str, bucket: str, folder: str, began: datetime
    ) -> Iterator[Record]:
        try:
            listed = self._clients.ask(
                "s3", region, "ListObjectsV2", Bucket=bucket, Prefix=folder
            )
        except AwsError as problem:
            if problem.code in DENIED and not self._is_ours(region, bucket):
                raise NotAssessedError(
                    f"the trail's bucket {bucket} is another account's, and may not "
                    "be read from here"
                ) from None
            raise
        # Contents is absent where no key has the prefix.
        for entry in listed.get("Contents", ()):
            if entry["LastModified"] >= began:
                yield from self._file(region, bucket, entry["Key"])

    def _is_ours(self, region: str, bucket: str) -> bool:
        listed = self._clients.ask("s3", region, "ListBuckets")
        return bucket in {one["Name"] for one in listed.get("Buckets", ())}

    def _file(self, region: str, bucket: str, key: str) -> Iterator[Record]:
        client = self._clients.client("s3", region)
        try:
            body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except SDK_ERRORS as problem:
            raise unreadable(f"s3:GetObject of {key}", problem) from None
        try:
            text = gzip.decompress(body).decode()
        except (OSError, EOFError, ValueError, zlib.error) as problem:
            raise UnreadableError(f"s3:GetObject of {key}: {problem}") from None
        file = Members({"Body": text}, f"s3:GetObject of {key}")
        yield from file.embedded("Body")["Records"]


def _identity(record: Record) -> str:
    """Return the ARN of the caller; not every kind of identity has one."""
    return str(record.get("userIdentity", {}).get("arn") or "nobody by ARN")
