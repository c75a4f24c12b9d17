"""The trails of CloudTrail that record a region."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.model.errors import NotAssessedError
from conformance.model.iam.selectors import recorded

LOGGING = "logging"


class DeployedTrails:
    """Every trail that covers one region, its own ones and those of all regions."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know where to look, and how old a delivery may be; nothing is read yet."""
        self._facts = facts
        self.region = region
        self._declared = declared

    @prefetched
    def _trails(self) -> list[dict[str, Any]]:
        """DescribeTrails; trails of other regions cover this one if multi-region."""
        answer = self._read(self.region, "DescribeTrails", includeShadowTrails=True)
        return [
            trail
            for trail in answer["trailList"]
            if trail["IsMultiRegionTrail"] or trail["HomeRegion"] == self.region
        ]

    @prefetched
    def states(self) -> Mapping[str, str]:
        """The state of each trail by name: `logging`, or what is wrong."""
        return {trail["Name"]: self._state(trail) for trail in self._trails}

    @property
    def state(self) -> str:
        """`logging` if any trail is; otherwise what is wrong with each."""
        states = self.states
        if LOGGING in states.values():
            return LOGGING
        return (
            "; ".join(f"{name}: {state}" for name, state in states.items())
            or "no trail"
        )

    @prefetched
    def _selectors(self) -> list[dict[str, Any]]:
        """GetEventSelectors of every trail that is logging."""
        return [
            self._read(trail["HomeRegion"], "GetEventSelectors", TrailName=arn)
            for trail in self.logging
            for arn in (trail["TrailARN"],)
        ]

    @property
    def logging(self) -> list[dict[str, Any]]:
        """The trails that log.

        Raises:
            NotAssessedError: none does.
        """
        found = [
            trail for trail in self._trails if self.states[trail["Name"]] == LOGGING
        ]
        if not found:
            raise NotAssessedError(f"no trail is logging in {self.region} (SEC-2)")
        return found

    def data_events(self, arn: str) -> frozenset[str]:
        """Return which events of a table a logging trail records: `read`, `write`."""
        return frozenset[str]().union(
            *(recorded(selector, arn) for selector in self._selectors)
        )

    @property
    def validated(self) -> Mapping[str, bool]:
        """The validation of log files, by logging trail: True if it is on."""
        return {
            trail["Name"]: trail["LogFileValidationEnabled"] for trail in self.logging
        }

    def log_groups(self, arn: str) -> Iterator[tuple[str, str]]:
        """Region and name of each log group that gets the table's data events."""
        for trail in self._recording(arn):
            # Absent where a trail delivers to its bucket alone.
            group = trail.get("CloudWatchLogsLogGroupArn")
            if group:
                parts = group.split(":")
                yield parts[3], parts[6]

    def buckets(self, arn: str) -> Iterator[tuple[str, str, str]]:
        """Home region, bucket and key prefix of each trail with the data events."""
        for trail in self._recording(arn):
            # Absent where keys have no prefix of their own.
            prefix = trail.get("S3KeyPrefix", "")
            yield trail["HomeRegion"], trail["S3BucketName"], prefix

    def _recording(self, arn: str) -> list[dict[str, Any]]:
        pairs = zip(self.logging, self._selectors, strict=True)
        found = [
            trail for trail, selectors in pairs if "write" in recorded(selectors, arn)
        ]
        if not found:
            raise NotAssessedError("no trail records data events of the table (SEC-2)")
        return found

    def _state(self, trail: dict[str, Any]) -> str:
        status = self._read(
            trail["HomeRegion"], "GetTrailStatus", Name=trail["TrailARN"]
        )
        if not status["IsLogging"]:
            return "stopped"
        # Absent or empty where the latest delivery succeeded.
        for name in ("LatestDeliveryError", "LatestCloudWatchLogsDeliveryError"):
            if status.get(name):
                return f"{name}: {status[name]}"
        # Absent until the first delivery.
        if "LatestDeliveryTime" not in status:
            return "nothing delivered yet"
        age = (self._facts.now - status["LatestDeliveryTime"]).total_seconds()
        late = age > self._declared.target("trail_delivery_age_s")
        return f"latest delivery {age:.0f} s ago" if late else LOGGING

    def _read(self, region: str, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._facts.read("cloudtrail", region, operation, **parameters)
