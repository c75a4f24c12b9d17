"""The trails of CloudTrail that record a region."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from conformance.aws.members import Members
from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.model.errors import (
    NotAssessedError,
    NotUnderstoodError,
    UnreadableError,
)
from conformance.model.iam.patterns import account_of
from conformance.model.iam.selectors import not_understood, recorded

LOGGING = "logging"
BOTH = {"read", "write"}
Value = TypeVar("Value")


class DeployedTrails:
    """Every trail that covers one region, its own ones and those of all regions.

    A trail that cannot be read spoils nothing that another trail proves: the trail of
    an organization is listed in its member accounts, and may be read in none of them.
    """

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know where to look, and how old a delivery may be; nothing is read yet."""
        self._facts = facts
        self.region = region
        self._declared = declared

    @prefetched
    def _trails(self) -> list[Members]:
        """DescribeTrails; trails of other regions cover this one if multi-region."""
        answer = self._read(self.region, "DescribeTrails", includeShadowTrails=True)
        return [
            trail
            for trail in answer["trailList"]
            if trail["IsMultiRegionTrail"] or trail["HomeRegion"] == self.region
        ]

    @cached_property
    def _states(self) -> Mapping[str, str | Exception]:
        """The state of each trail by ARN: `logging`, what is wrong, or an error."""
        return {
            trail["TrailARN"]: self._tried(trail, self._state) for trail in self._trails
        }

    @prefetched
    def state(self) -> str:
        """`logging` if any trail is; otherwise what is wrong with each."""
        states = self._states
        if LOGGING in states.values():
            return LOGGING
        _raise_any(states.values())
        return (
            "; ".join(f"{_name(arn)}: {state}" for arn, state in states.items())
            or "no trail"
        )

    @property
    def logging(self) -> list[Members]:
        """The trails that log.

        Raises:
            NotAssessedError: none does, or none that can be read.
            UnreadableError: a trail could not be read, and no other logs.
        """
        states = self._states
        found = [
            trail for trail in self._trails if states[trail["TrailARN"]] == LOGGING
        ]
        if not found:
            _raise_any(states.values())
            raise NotAssessedError(f"no trail is logging in {self.region} (SEC-2)")
        return found

    @cached_property
    def _selectors(self) -> Mapping[str, Members | Exception]:
        """GetEventSelectors of every trail that is logging, by ARN, or an error."""
        return {
            trail["TrailARN"]: self._tried(trail, self._selectors_of)
            for trail in self.logging
        }

    def data_events(self, arn: str) -> frozenset[str]:
        """Return which events of a table a logging trail records: `read`, `write`.

        Raises:
            NotUnderstoodError: not both, but a selector is not understood.
            NotAssessedError: not both, but another account's trail cannot be read.
            UnreadableError: not both, and a trail could not be read.
        """
        selectors = self._selectors
        known = [one for one in selectors.values() if isinstance(one, Members)]
        found = frozenset[str]().union(*(recorded(one, arn) for one in known))
        if found == BOTH:
            return found
        doubts = {name for one in known for name in not_understood(one, arn)}
        if doubts:
            raise NotUnderstoodError(
                f"a trail selects data events by {', '.join(sorted(doubts))}, which is "
                "not understood",
            )
        _raise_any(selectors.values())
        return found

    @property
    def validated(self) -> Mapping[str, bool]:
        """The validation of log files, by trail that records any of the tables.

        Raises:
            NotAssessedError: none does.
        """
        found = {
            trail["TrailARN"]: trail["LogFileValidationEnabled"]
            and not self._digest_error(trail)
            for trail in self._recording_any
        }
        if not found:
            _raise_any(self._selectors.values())
            raise NotAssessedError("no trail records data events of a table (SEC-2)")
        return found

    def log_groups(self, arn: str) -> Iterator[tuple[str, str]]:
        """Region and name of each log group that gets the table's data events.

        Raises:
            NotAssessedError: the log groups are another account's.
        """
        # Absent where a trail delivers to its bucket alone.
        groups = [
            group.split(":")
            for trail in self._recording(arn)
            if (group := trail.get("CloudWatchLogsLogGroupArn"))
        ]
        account = self._facts.environment.account
        ours = [parts for parts in groups if parts[4] == account]
        if groups and not ours:
            raise NotAssessedError(
                f"the trail's log group is of account {groups[0][4]}, not of {account}"
            )
        for parts in ours:
            yield parts[3], parts[6]

    def buckets(self, arn: str) -> Iterator[tuple[str, str, str]]:
        """Home region, bucket and key prefix of each trail with the data events."""
        for trail in self._recording(arn):
            # Absent where keys have no prefix of their own.
            prefix = trail.get("S3KeyPrefix", "")
            yield trail["HomeRegion"], trail["S3BucketName"], prefix

    @property
    def _recording_any(self) -> list[Members]:
        """The logging trails that record events of any declared table here."""
        environment = self._facts.environment
        where = f"arn:aws:dynamodb:{self.region}:{environment.account}:table/"
        arns = [where + environment.physical(table) for table in self._declared.tables]
        return [
            trail
            for trail in self.logging
            if any(self._records(trail, arn) for arn in arns)
        ]

    def _recording(self, arn: str) -> list[Members]:
        found = [
            trail for trail in self.logging if "write" in self._records(trail, arn)
        ]
        if not found:
            _raise_any(self._selectors.values())
            raise NotAssessedError("no trail records data events of the table (SEC-2)")
        return found

    def _records(self, trail: Members, arn: str) -> frozenset[str]:
        selectors = self._selectors[trail["TrailARN"]]
        if isinstance(selectors, Exception):
            return frozenset()
        return recorded(selectors, arn)

    def _state(self, trail: Members) -> str:
        asked = trail["HomeRegion"], "GetTrailStatus"
        status = self._read(*asked, Name=trail["TrailARN"])
        if not status["IsLogging"]:
            return "stopped"
        # Absent or empty where the latest delivery succeeded.
        for name in ("LatestDeliveryError", "LatestCloudWatchLogsDeliveryError"):
            if status.get(name):
                return f"{name}: {status[name]}"
        # Absent until the first delivery.
        if "LatestDeliveryTime" not in status:
            return "nothing delivered yet"
        now = self._facts.answered_at("cloudtrail", *asked, Name=trail["TrailARN"])
        age = (now - status["LatestDeliveryTime"]).total_seconds()
        late = age > self._declared.target("trail_delivery_age_s")
        return f"latest delivery {age:.0f} s ago" if late else LOGGING

    def _digest_error(self, trail: Members) -> str:
        """Return the error of the latest digest, which validation needs; "" if none."""
        status = self._read(
            trail["HomeRegion"], "GetTrailStatus", Name=trail["TrailARN"]
        )
        return str(status.get("LatestDigestDeliveryError") or "")

    def _selectors_of(self, trail: Members) -> Members:
        home = trail["HomeRegion"]
        return self._read(home, "GetEventSelectors", TrailName=trail["TrailARN"])

    def _tried(
        self, trail: Members, read: Callable[[Members], Value]
    ) -> Value | Exception:
        """Return what is read of a trail, or why it cannot be read."""
        try:
            return read(trail)
        except NotAssessedError as problem:
            return problem
        except UnreadableError as problem:
            account = account_of(trail["TrailARN"])
            if account == self._facts.environment.account:
                return problem
            return NotAssessedError(
                f"the trail {_name(trail['TrailARN'])} of account {account} cannot be "
                f"read from here: {problem}"
            )

    def _read(self, region: str, operation: str, **parameters: object) -> Members:
        return self._facts.read("cloudtrail", region, operation, **parameters)


def _raise_any(found: Iterable[object]) -> None:
    """Raise the first error among these, if there is one."""
    for one in found:
        if isinstance(one, Exception):
            raise one.with_traceback(None)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
