"""CloudTrail's behaviour: record every call, look up, deliver to trails.

POST /_standin/trail/deliver   {} delivers what is due, without waiting for the ticker
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.cloudtrail.delivery import deliver
from aws_standin.cloudtrail.event_history import Visible, lookup
from aws_standin.cloudtrail.event_record import Event, event, on_data, recorded
from aws_standin.cloudtrail.event_selectors import DEFAULT, wants
from aws_standin.cloudtrail.organization_trails import OrganizationTrails
from aws_standin.iam.callers import Callers
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import Onward, Request, Response, answer

Members = dict[str, Any]
SECONDS = 5.0
"""Real time between deliveries; CloudTrail delivers about every 5 minutes."""
REMEMBERED = 100_000
"""Management events kept, the newest."""
ITS_OWN = ("LatestDelivery", "LatestCloudWatchLogsDelivery")
"""Members of GetTrailStatus that are known here and not to moto."""


@dataclass
class Settings:
    """The settings of CloudTrail."""

    lookup_delay: float = 0.0
    """Seconds until LookupEvents shows an event; up to 15 minutes on AWS."""
    delivery_delay: float = 0.0
    """Seconds until a trail gets an event; about 5 minutes on AWS."""
    members: list[str] = field(default_factory=list)
    """The member accounts of the organization; its trails show up in them."""


class Trail:
    """Records calls from outside, whatever becomes of them."""

    name = "trail"

    def __init__(self, standin: Context, callers: Callers) -> None:
        self.settings = Settings()
        self._standin = standin
        self._callers = callers
        self._lock = threading.Lock()
        self._delivering = threading.Lock()
        self._history: deque[Event] = deque(maxlen=REMEMBERED)
        self._waiting: deque[Event] = deque(maxlen=REMEMBERED)
        self._accounts: set[str] = set()
        """The accounts that have a trail."""
        self._delivered: dict[str, Members] = {}
        """Trail ARN → status of its deliveries."""
        self._organization = OrganizationTrails(standin)
        self._started: dict[str, datetime] = {}
        """Trail ARN → when logging began."""
        standin.control_api.route("POST", "trail/deliver", self._deliver_on_demand)
        standin.clock.every(SECONDS, self._deliver_by_itself)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Record the call; answer LookupEvents; complete what moto says of trails."""
        response = self._answered(request, onward)
        if recorded(request) and (
            not on_data(request) or request.account in self._accounts
        ):
            self._record(request, response)
        return response

    def _answered(self, request: Request, onward: Onward) -> Response:
        if request.service != "cloudtrail":
            return onward(request)
        if request.operation == "LookupEvents":
            return answer(request, self._lookup(request))
        response = onward(request)
        members = self.settings.members
        shared = self._organization.answered(request, members, response)
        if shared:
            return shared
        if response.ok and request.operation == "CreateTrail":
            self._accounts.add(request.account)
            self._organization.learn(request, response.json())
        if response.ok and request.operation == "StartLogging":
            arn = self._trail(request)["TrailARN"]
            self._started[arn] = self._standin.clock.now()
        if response.ok and request.operation == "GetTrailStatus":
            return answer(request, self._status(request, response.json()))
        if response.ok and request.operation == "GetEventSelectors":
            return answer(request, _selectors(response.json()))
        return response

    def _lookup(self, request: Request) -> Members:
        delay = timedelta(seconds=self.settings.lookup_delay)
        visible = Visible(self._standin.clock.now(), delay)
        with self._lock:
            events = [
                one
                for one in self._history
                if (one.account, one.region) == (request.account, request.region)
            ]
        return lookup(events, parameters.of(request), visible)

    def _record(self, request: Request, response: Response) -> None:
        now = self._standin.clock.now()
        outcome = self._callers.of(request), response
        made = event(request, parameters.of(request), outcome, now)
        with self._lock:
            if made.category == "Management":
                self._history.append(made)
            if request.account in self._accounts:
                self._waiting.append(made)

    def _status(self, request: Request, found: Members) -> Members:
        trail = self._trail(request)
        moto = {k: v for k, v in found.items() if not k.startswith(ITS_OWN)}
        return moto | self._delivered.get(trail["TrailARN"], {})

    def _trail(self, request: Request) -> Members:
        found: Members = self._standin.call(
            "cloudtrail",
            "GetTrail",
            request.account,
            request.region,
            Name=request.parameters["Name"],
        )["Trail"]
        return found

    def _deliver_on_demand(self, _: Members) -> Members:
        """Deliver what is due to the trails that want it; answers how many events."""
        return {"delivered": self._deliver_due()}

    def _deliver_by_itself(self) -> None:
        self._deliver_due()

    def _deliver_due(self) -> int:
        latest = self._standin.clock.now() - timedelta(
            seconds=self.settings.delivery_delay
        )
        with self._delivering:
            with self._lock:
                due = [one for one in self._waiting if one.time <= latest]
                self._waiting = deque(
                    (one for one in self._waiting if one.time > latest), REMEMBERED
                )
            # PutLogEvents takes events in the order of their time only.
            due.sort(key=lambda one: (one.account, one.region, one.time))
            groups = groupby(due, key=lambda one: (one.account, one.region))
            return sum(self._deliver_to_all(list(events)) for _, events in groups)

    def _deliver_to_all(self, events: Sequence[Event]) -> int:
        account, region = events[0].account, events[0].region
        trails = self._standin.call(
            "cloudtrail", "DescribeTrails", account, region, includeShadowTrails=True
        )["trailList"]
        count = 0
        for trail in trails:
            wanted = self._wanted(account, trail, events)
            if wanted:
                status = deliver(self._standin, trail, wanted)
                self._delivered.setdefault(trail["TrailARN"], {}).update(status)
                count += len(wanted)
        return count

    def _wanted(
        self, account: str, trail: Members, events: Sequence[Event]
    ) -> list[Event]:
        here, arn = trail["HomeRegion"], trail["TrailARN"]
        status = self._standin.call(
            "cloudtrail", "GetTrailStatus", account, here, Name=arn
        )
        since = self._started.get(arn)
        if not status["IsLogging"] or not since:
            return []
        selectors = self._standin.call(
            "cloudtrail", "GetEventSelectors", account, here, TrailName=arn
        )
        return [one for one in events if one.time >= since and wants(selectors, one)]


def _selectors(found: Members) -> Members:
    """Fill in the selector that a trail has when it was given none."""
    if found.get("EventSelectors") or found.get("AdvancedEventSelectors"):
        return found
    return found | {"EventSelectors": [DEFAULT]}
