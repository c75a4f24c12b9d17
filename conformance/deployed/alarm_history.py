"""The history of the alarms' actions: what AWS says of the last publish to a topic."""

import re
from typing import Any

from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.series import Span
from conformance.model.cloudwatch.alarm import TYPES

_FAILED = "Failed to execute action "


class AlarmHistory:
    """The actions of all alarms of one region in the last hours.

    A success proves that SNS took a message at that time, and no delivery.
    """

    def __init__(self, facts: Facts, region: str, span: Span) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._span = span

    @prefetched
    def actions(self) -> list[dict[str, Any]]:
        """The executed and failed actions (DescribeAlarmHistory), the newest first."""
        answer = self._facts.read(
            "cloudwatch",
            self._region,
            "DescribeAlarmHistory",
            AlarmTypes=list(TYPES),
            HistoryItemType="Action",
            StartDate=self._span.start,
            ScanBy="TimestampDescending",
        )
        return list(answer["AlarmHistoryItems"])

    def failure(self, topic: str) -> str:
        """Return AWS's words if the last publish to a topic failed; "" if none did."""
        about = re.compile(re.escape(topic) + r"(?![\w-])")
        for item in self.actions:
            summary = item["HistorySummary"]
            if about.search(summary):
                failed = summary.startswith(_FAILED)
                when = f"{item['Timestamp']:%Y-%m-%d %H:%M} UTC"
                return f"{item['AlarmName']} at {when}: {summary}" if failed else ""
        return ""
