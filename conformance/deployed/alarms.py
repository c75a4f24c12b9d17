"""The CloudWatch alarms of one region, judged by what they mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from conformance.config.declared import Declared
from conformance.config.declared.monitoring import DeclaredAlarm, topic_arn
from conformance.deployed.alarm_actions import AlarmActions
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.topics import TOLD
from conformance.model.cloudwatch.alarm import TYPES, Alarm
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric, metric
from conformance.model.errors import DoubtError, NotAssessedError, NotUnderstoodError

WATCHED = "watched"
MISSING = "no alarm"
_LISTS = ("MetricAlarms", "CompositeAlarms", "LogAlarms")
_REQUEST = {"AlarmTypes": list(TYPES), "MaxRecords": 100}


@dataclass(frozen=True)
class Doubt:
    """An alarm that may do what is declared, in a way that is not understood."""

    alarm: Alarm
    problem: str
    seen: object = None
    """The setting, if it is not the alarm's own."""

    def __str__(self) -> str:
        """Name the alarm and what is not understood."""
        return f"not understood: {self.alarm.name} ({self.problem})"


State = str | Doubt


class DeployedAlarms:
    """The alarms of one region that are about the declared tables (DescribeAlarms)."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._monitoring = declared.monitoring
        self._tables = frozenset(map(facts.environment.physical, declared.tables))
        self.actions = AlarmActions(facts, region)

    @prefetched
    def everyone(self) -> Mapping[str, Alarm]:
        """Every alarm of the account in the region, by name."""
        answer = self._facts.read(
            "cloudwatch", self._region, "DescribeAlarms", **_REQUEST
        )
        # A list is absent where there is no alarm of its type.
        listed = [alarm for name in _LISTS for alarm in answer.get(name, ())]
        return {alarm["AlarmName"]: Alarm(alarm) for alarm in listed}

    @property
    def ours(self) -> Mapping[str, Alarm]:
        """The alarms about the declared tables, their account's errors, their vault.

        A composite alarm is one of them if it rests on one, directly or by others.
        """
        found = {
            name: alarm for name, alarm in self.everyone.items() if self._is_ours(alarm)
        }
        new = found
        while new:
            new = {
                composite.name: composite
                for composite in self._composites
                if composite.name not in found
                and any(map(composite.refers_to, new.values()))
            }
            found = found | new
        return found

    @property
    def silent(self) -> Mapping[str, str]:
        """The alarms that can never be raised, with the reason."""
        reasons = {
            name: alarm.silence(self.published) for name, alarm in self.ours.items()
        }
        return {name: reason for name, reason in reasons.items() if reason}

    @property
    def raised(self) -> Mapping[str, str]:
        """The alarms in ALARM: since when, and why.

        Raises:
            NotAssessedError: there is no alarm at all; or none is raised, and the
                state of one is uncertain.
        """
        if not self.ours:
            raise NotAssessedError("no alarm watches these tables (MON-2)")
        found: dict[str, str] = {}
        doubts: list[str] = []
        for name, alarm in self.ours.items():
            try:
                if alarm.is_raised:
                    found[name] = alarm.raised_since
            except DoubtError as problem:
                doubts.append(str(problem))
        if doubts and not found:
            raise NotAssessedError("; ".join(doubts))
        return found

    @property
    def states(self) -> Mapping[str, int]:
        """The number of alarms by state."""
        found = [alarm.state for alarm in self.ours.values()]
        return {state: found.count(state) for state in sorted(set(found))}

    def coverage(self, declared: DeclaredAlarm) -> Mapping[str, str]:
        """Return, for each metric of a declared alarm, `watched` or the reason why not.

        Raises:
            NotUnderstoodError: only an alarm that nobody understands may watch it.
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
            NotAssessedError: there is no alarm, which fails elsewhere (MON-2).
            NotUnderstoodError: nobody knows whether it tells its topic.
        """
        states = {
            label: self._told(metric, declared)
            for label, metric in declared.targets[self._region].items()
        }
        bad = _bad(states)
        decided = [state for state in bad.values() if isinstance(state, str)]
        if decided and set(decided) == {MISSING}:
            raise NotAssessedError(f"{_listed(bad)} (MON-2)")
        return _assessed(states)

    def topic_arn(self, topic: str) -> str:
        """Return the ARN that a declared topic has here."""
        return topic_arn(topic, self._region, self._facts.environment.account)

    def telling(self, topic: str) -> list[Alarm]:
        """Return our alarms that act on the topic with this ARN."""
        return [
            alarm
            for alarm in self.ours.values()
            if alarm.acts and topic in alarm.actions
        ]

    def published(self, wanted: Metric) -> bool:
        """Return True if CloudWatch has had data of a metric in the past two weeks."""
        answer = self._facts.read(
            "cloudwatch", self._region, "ListMetrics", Namespace=wanted.namespace
        )
        return wanted in map(metric, answer["Metrics"])

    def _watched(self, metric: Metric, declared: DeclaredAlarm) -> State:
        found = [
            f"{alarm.name}: {problem}" if problem else WATCHED
            for alarm in self._on(metric)
            for problem in [
                alarm.silence(self.published) or alarm.meaning.misses(declared.meaning)
            ]
        ]
        if WATCHED in found:
            return WATCHED
        otherwise = next(iter(found), next(self._meant_for(metric), MISSING))
        return next(self._unknown_on(metric), otherwise)

    def _meant_for(self, metric: Metric) -> Iterator[str]:
        """Alarms on the same metric of the same table that can never be raised."""
        table = metric.where.get("TableName")
        for name, reason in self.silent.items():
            for mention in self.everyone[name].mentioned:
                same = table is None or table == mention.where.get("TableName")
                if mention.name == metric.name and same:
                    yield f"{MISSING}; {name} {reason}"

    def _told(self, metric: Metric, declared: DeclaredAlarm) -> State:
        good = [
            alarm
            for alarm in self._on(metric)
            if not alarm.meaning.misses(declared.meaning)
        ]
        alarms = good or list(self._on(metric))
        states = [self._channel(alarm, declared.topic) for alarm in alarms]
        return _best(states) if states else MISSING

    def _channel(self, alarm: Alarm, topic: str) -> State:
        """Return `told` if the alarm, or a composite above it, acts on the topic."""
        certain, possible = self._above(alarm)
        states = [self._acts(some, topic) for some in [alarm, *certain]]
        doubts = [
            Doubt(composite, composite.document["AlarmRule"])
            for composite in possible
            if self._acts(composite, topic) == TOLD
        ]
        state = _best([*states, *doubts])
        bad = isinstance(state, str) and state != TOLD
        return f"{alarm.name}: {state}" if bad else state

    def _above(self, alarm: Alarm) -> tuple[list[Alarm], list[Alarm]]:
        """Return the composites that an alarm raises alone, and those it may raise."""
        raised, certain = {alarm.name}, [alarm]
        possible: list[Alarm] = []
        for below in certain:
            for composite in self._composites:
                if composite.name in raised or not composite.refers_to(below):
                    continue
                if below.alone_raises(composite):
                    raised.add(composite.name)
                    certain.append(composite)
                elif below.may_raise(composite):
                    possible.append(composite)
        return certain[1:], possible

    def _acts(self, alarm: Alarm, topic: str) -> State:
        arn = self.topic_arn(topic)
        try:
            return self.actions.problem(alarm, arn, self._now) or TOLD
        except DoubtError as problem:
            return Doubt(alarm, str(problem), problem.seen)

    def _now(self) -> datetime:
        return self._facts.answered_at(
            "cloudwatch", self._region, "DescribeAlarms", **_REQUEST
        )

    def _on(self, metric: Metric) -> Iterator[Alarm]:
        """Yield the alarms that this metric alone raises."""
        for alarm in self._simple:
            try:
                if metric in alarm.metrics and alarm.meaning:
                    yield alarm
            except DoubtError:
                continue

    def _unknown_on(self, metric: Metric) -> Iterator[Doubt]:
        """Yield the alarms that may watch the metric in a way that is unknown."""
        for alarm in self._simple:
            try:
                used = metric in alarm.mentioned or alarm.may_watch(metric)
                if used and alarm.metrics and alarm.meaning:
                    continue
            except DoubtError as problem:
                yield Doubt(alarm, str(problem))

    @property
    def _simple(self) -> list[Alarm]:
        return [alarm for alarm in self.everyone.values() if not alarm.is_composite]

    @property
    def _composites(self) -> list[Alarm]:
        return [alarm for alarm in self.everyone.values() if alarm.is_composite]

    def _is_ours(self, alarm: Alarm) -> bool:
        words = {DYNAMODB, self._monitoring.vault, *self._tables}
        names = any(word in alarm.query for word in words)
        return names or any(map(self._is_about_ours, alarm.mentioned))

    def _is_about_ours(self, metric: Metric) -> bool:
        where = metric.where
        if "TableName" in where:
            return where["TableName"] in self._tables
        if "BackupVaultName" in where:
            return where["BackupVaultName"] == self._monitoring.vault
        return metric.namespace == DYNAMODB


def _best(states: Sequence[State]) -> State:
    """Return `told` if one state is, or a doubt, or the first reason."""
    if TOLD in states:
        return TOLD
    return next((state for state in states if isinstance(state, Doubt)), states[0])


def _assessed(states: Mapping[str, State]) -> Mapping[str, str]:
    """Return the states, unless all that are not good are doubts.

    Raises:
        NotUnderstoodError: saying what is not understood.
    """
    bad = _bad(states)
    doubts = [state for state in bad.values() if isinstance(state, Doubt)]
    if bad and len(doubts) == len(bad):
        raise NotUnderstoodError(_listed(bad))
    return {label: str(state) for label, state in states.items()}


def _bad(states: Mapping[str, State]) -> Mapping[str, State]:
    good = (WATCHED, TOLD)
    return {label: state for label, state in states.items() if state not in good}


def _listed(states: Mapping[str, State]) -> str:
    return "; ".join(f"{label}: {state}" for label, state in states.items())
