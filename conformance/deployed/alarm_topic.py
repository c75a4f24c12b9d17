"""A topic that alarms tell: does what they publish reach anybody?"""

from collections.abc import Iterable, Mapping

from conformance.config.declared.monitoring import Monitoring
from conformance.deployed.alarm_history import AlarmHistory
from conformance.deployed.alarms import DeployedAlarms
from conformance.deployed.facts import Facts
from conformance.deployed.series import window_before
from conformance.deployed.topics import TOLD, DeployedTopic
from conformance.model.cloudwatch.alarm import Alarm
from conformance.model.errors import NotAssessedError
from conformance.model.sns.publisher import alarm_publisher

_MINUTE_S = 60
_SHOWN = 3


class AlarmTopic:
    """One declared topic in one region, judged once for all alarms that tell it."""

    def __init__(
        self,
        facts: Facts,
        region: str,
        declared: Monitoring,
        alarms: DeployedAlarms,
        role: str,
    ) -> None:
        """Know which topic; nothing is read yet."""
        self._region = region
        self._alarms = alarms
        arn = alarms.topic_arn(declared.topics[role])
        self.topic = DeployedTopic(facts, arn, declared)
        span = window_before(facts.now, declared.window, _MINUTE_S)
        self.history = AlarmHistory(facts, region, span)

    @property
    def lost(self) -> Mapping[str, str]:
        """The alarms whose message reaches nobody, by reason.

        Raises:
            NotAssessedError: no alarm tells the topic; or the last publish failed.
            NotUnderstoodError: one alarm may reach nobody.
        """
        if self.topic.region != self._region:
            here = f"alarms of {self._region} tell topics of {self._region} alone"
            return {f"{self.topic.arn} is of {self.topic.region}": here}
        telling = self._alarms.telling(self.topic.arn)
        if not telling:
            raise NotAssessedError(f"no alarm tells {self.topic.arn}")
        found: dict[str, list[Alarm]] = {}
        doubts: list[NotAssessedError] = []
        for alarm in telling:
            try:
                state = self.topic.state(alarm_publisher(alarm.arn))
                found.setdefault(state, []).append(alarm)
            except NotAssessedError as problem:
                doubts.append(problem)
        found.pop(TOLD, None)
        if doubts and not found:
            raise doubts[0]
        if not found:
            self._require_last_publish()
        return {
            reason: _named(alarms, len(telling)) for reason, alarms in found.items()
        }

    def _require_last_publish(self) -> None:
        """Raise NotAssessedError if AWS says that the last publish failed."""
        if failure := self.history.failure(self.topic.arn):
            raise NotAssessedError(
                f"the last publish failed, and nothing shows why: {failure}; "
                "let an alarm tell the topic again, by SetAlarmState"
            )


def _named(alarms: Iterable[Alarm], of: int) -> str:
    names = [alarm.name for alarm in alarms]
    if len(names) == of:
        return f"all {of} alarms"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
