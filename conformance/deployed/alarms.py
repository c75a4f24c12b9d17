"""The CloudWatch alarms of one region, judged by what they mean."""

from collections.abc import Iterator, Mapping

from conformance.config.declared import Declared
from conformance.config.declared.monitoring import DeclaredAlarm
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.topics import TOLD, DeployedTopics
from conformance.model.cloudwatch.alarm import Alarm
from conformance.model.cloudwatch.expressions import NotUnderstoodError
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric
from conformance.model.errors import NotAssessedError

WATCHED = "watched"
MISSING = "no alarm"
_UNKNOWN = "not understood: "


class DeployedAlarms:
    """The alarms of one region that are about the declared tables (DescribeAlarms)."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._monitoring = declared.monitoring
        self._tables = frozenset(map(facts.environment.physical, declared.tables))
        self.topics = DeployedTopics(facts, region, declared.monitoring)

    @prefetched
    def everyone(self) -> Mapping[str, Alarm]:
        """Every alarm of the account in the region, by name."""
        answer = self._facts.read(
            "cloudwatch",
            self._region,
            "DescribeAlarms",
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            MaxRecords=100,
        )
        listed = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
        return {alarm["AlarmName"]: Alarm(alarm) for alarm in listed}

    @property
    def ours(self) -> Mapping[str, Alarm]:
        """The alarms about the declared tables, their account's errors, their vault."""
        simple = {
            name: alarm
            for name, alarm in self.everyone.items()
            if any(map(self._is_ours, alarm.mentioned))
        }
        composite = {
            name: alarm
            for name, alarm in self.everyone.items()
            if alarm.is_composite and self._mentions(alarm, simple)
        }
        return simple | composite

    @property
    def silent(self) -> Mapping[str, str]:
        """The alarms that can never be raised, with the reason."""
        reasons = {name: alarm.silence for name, alarm in self.ours.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    @property
    def raised(self) -> frozenset[str]:
        """The alarms in ALARM.

        Raises:
            NotAssessedError: there is no alarm at all.
        """
        if not self.ours:
            raise NotAssessedError("no alarm watches these tables (MON-2)")
        return frozenset(n for n, alarm in self.ours.items() if alarm.state == "ALARM")

    @property
    def states(self) -> Mapping[str, int]:
        """The number of alarms by state."""
        found = [alarm.state for alarm in self.ours.values()]
        return {state: found.count(state) for state in sorted(set(found))}

    def coverage(self, declared: DeclaredAlarm) -> Mapping[str, str]:
        """Return, for each metric of a declared alarm, `watched` or the reason why not.

        Raises:
            NotAssessedError: only an alarm that nobody understands may watch it.
        """
        return _assessed(
            {
                label: self._watched(metric, declared)
                for label, metric in declared.targets[self._region].items()
            }
        )

    def notifications(self, declared: DeclaredAlarm) -> Mapping[str, str]:
        """Return, for each metric of a declared alarm, `told` or the reason why not.

        Raises:
            NotAssessedError: there is no alarm, or nobody knows whom it tells.
        """
        return _assessed(
            {
                label: self._told(metric, declared)
                for label, metric in declared.targets[self._region].items()
            },
            also=MISSING,
        )

    def _watched(self, metric: Metric, declared: DeclaredAlarm) -> str:
        found = [
            f"{alarm.name}: {problem}" if problem else WATCHED
            for alarm in self._on(metric)
            for problem in [alarm.silence or alarm.meaning.misses(declared.meaning)]
        ]
        if found:
            return WATCHED if WATCHED in found else found[0]
        unknown = (f"{_UNKNOWN}{name}" for name in self._unknown_on(metric))
        return next(unknown, next(self._meant_for(metric), MISSING))

    def _meant_for(self, metric: Metric) -> Iterator[str]:
        """Alarms on the same metric of the same table that can never be raised."""
        table = metric.where.get("TableName")
        for name, reason in self.silent.items():
            for mention in self.everyone[name].mentioned:
                same = table is None or table == mention.where.get("TableName")
                if mention.name == metric.name and same:
                    yield f"{MISSING}; {name} {reason}"

    def _told(self, metric: Metric, declared: DeclaredAlarm) -> str:
        good = [
            alarm
            for alarm in self._on(metric)
            if not alarm.meaning.misses(declared.meaning)
        ]
        alarms = good or list(self._on(metric))
        if not alarms:
            return MISSING
        told = [self._channel(alarm, declared.topic) for alarm in alarms]
        return TOLD if TOLD in told else told[0]

    def _channel(self, alarm: Alarm, topic: str) -> str:
        """Return `told` if the alarm, or a composite of it, reaches somebody."""
        own = self._acts(alarm, topic)
        if own == TOLD:
            return own
        above = [alarm for alarm in self.ours.values() if alarm.is_composite]
        unknown = ""
        for composite in above:
            try:
                raises = {alarm.name, alarm.arn} & composite.children
            except NotUnderstoodError:
                mentioned = alarm.name in composite.document["AlarmRule"]
                unknown = f"{_UNKNOWN}{composite.name}" if mentioned else unknown
                continue
            if raises and self._acts(composite, topic) == TOLD:
                return TOLD
        return unknown or f"{alarm.name}: {own}"

    def _acts(self, alarm: Alarm, topic: str) -> str:
        if not alarm.document["ActionsEnabled"]:
            return "actions disabled"
        actions = alarm.document["AlarmActions"]
        if not actions:
            return "no action"
        states = [self.topics.reached(arn, topic) for arn in actions]
        return TOLD if TOLD in states else states[0]

    def _on(self, metric: Metric) -> Iterator[Alarm]:
        """Yield the alarms that this metric alone raises."""
        for alarm in self._simple:
            try:
                if metric in alarm.metrics and alarm.meaning:
                    yield alarm
            except NotUnderstoodError:
                continue

    def _unknown_on(self, metric: Metric) -> Iterator[str]:
        """Yield the alarms that use the metric in an expression that is unknown."""
        for alarm in self._simple:
            try:
                if metric in alarm.mentioned and alarm.metrics and alarm.meaning:
                    continue
            except NotUnderstoodError as problem:
                yield f"{alarm.name} ({problem})"

    @property
    def _simple(self) -> list[Alarm]:
        return [alarm for alarm in self.everyone.values() if not alarm.is_composite]

    def _is_ours(self, metric: Metric) -> bool:
        where = metric.where
        if "TableName" in where:
            return where["TableName"] in self._tables
        if "BackupVaultName" in where:
            return where["BackupVaultName"] == self._monitoring.vault
        return metric.namespace == DYNAMODB

    @staticmethod
    def _mentions(composite: Alarm, simple: Mapping[str, Alarm]) -> bool:
        rule = composite.document["AlarmRule"]
        return any(alarm.name in rule for alarm in simple.values())


def _assessed(states: Mapping[str, str], also: str = _UNKNOWN) -> Mapping[str, str]:
    """Return the states, unless all that are not good are unknown.

    Raises:
        NotAssessedError: saying what is unknown.
    """
    bad = {
        label: state for label, state in states.items() if state not in (WATCHED, TOLD)
    }
    unknown = {
        n: state for n, state in bad.items() if state.startswith((_UNKNOWN, also))
    }
    if unknown and unknown == bad:
        said = "; ".join(f"{label}: {state}" for label, state in unknown.items())
        hint = " (MON-2)" if also in said else ""
        raise NotAssessedError(f"{said}{hint}")
    return states
