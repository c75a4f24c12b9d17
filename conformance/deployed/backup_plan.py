"""A backup plan, as GetBackupPlan shows it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import inf
from operator import itemgetter
from typing import Any

from conformance.model.backup import lifecycle
from conformance.model.backup.schedule import (
    Cron,
    RefusedScheduleError,
    ScheduleError,
    read,
)
from conformance.model.backup.values import Copy, Minutes, Retention
from conformance.model.errors import NotUnderstoodError

_DAILY = "cron(0 5 ? * * *)"
"""The schedule of a rule without one (API_BackupRule, ScheduleExpression)."""
_START_WINDOW = 480
"""Minutes; "the default is 8 hours" (Developer Guide, "Backup plan options")."""
_SHORTEST_START_WINDOW = 60
"""Minutes; "it must be at least 60 minutes to avoid errors" (API_BackupRule)."""


@dataclass(frozen=True)
class Rule:
    """One rule of a plan."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Unique in its plan."""
        return str(self.document["RuleId"])

    @property
    def name(self) -> str:
        """Unique in its plan, too."""
        return str(self.document["RuleName"])

    @property
    def vault(self) -> str:
        """The name of the vault that it fills."""
        return str(self.document["TargetBackupVaultName"])

    @property
    def air_gapped(self) -> str:
        """The ARN of an air-gapped vault that it may fill instead, or ""."""
        # "supported fully managed resources back up directly to logically air-gapped
        # vault" (API_BackupRule); whether DynamoDB is one is not said there.
        return str(self.document.get("TargetLogicallyAirGappedBackupVaultArn") or "")

    def interval(self, since: datetime) -> Minutes:
        """Return the longest time between two runs; infinite if AWS refuses the rule.

        Raises:
            NotUnderstoodError: the expression is none that AWS documents.
        """
        told = f"{self.name}: {' '.join(self._written)}"
        if refusal := self.refusal:
            return Minutes(inf, f"{told}: {refusal}")
        pause = _longest_pause(*self._written, since)
        return Minutes(pause / timedelta(minutes=1), told)

    @property
    def refusal(self) -> str:
        """The reasons why AWS Backup refuses the rule, "" if it takes it."""
        try:
            schedule = self.schedule.refusal
        except RefusedScheduleError as problem:
            schedule = str(problem)
        found = [schedule, self._window_refusal, *self._lifecycle_refusals]
        return "; ".join(dict.fromkeys(filter(None, found)))

    @property
    def _window_refusal(self) -> str:
        if self.start_window.minutes >= _SHORTEST_START_WINDOW:
            return ""
        return (
            f"its start window is {self.start_window.minutes:.0f} min, and AWS Backup "
            f"takes none under {_SHORTEST_START_WINDOW} min"
        )

    @property
    def _lifecycle_refusals(self) -> list[str]:
        documents = [self.document, *(self.document.get("CopyActions") or ())]
        return [
            lifecycle.refusal(document.get("Lifecycle") or {}) for document in documents
        ]

    @property
    def schedule(self) -> Cron:
        """The times at which it runs.

        Raises:
            RefusedScheduleError: AWS Backup takes no such expression.
            NotUnderstoodError: the expression is none that AWS documents.
        """
        return _schedule(*self._written)

    @property
    def _written(self) -> tuple[str, str]:
        # "By default, ScheduleExpressions are in UTC" (API_BackupRule).
        expression = self.document.get("ScheduleExpression", _DAILY)
        return expression, self.document.get("ScheduleExpressionTimezone", "UTC")

    @property
    def start_window(self) -> Minutes:
        """The longest delay until a job starts."""
        minutes = self.document.get("StartWindowMinutes", _START_WINDOW)
        return Minutes(minutes, self.name)

    @property
    def retention(self) -> Retention:
        """The retention of the recovery points that it makes."""
        return lifecycle.retention(self.document.get("Lifecycle") or {})

    @property
    def kept_copies(self) -> tuple[Retention, ...]:
        """The retention of each copy that it makes."""
        # "A copy with a retention setting set to never expire will retain its source
        # recovery point's expiration date" (Developer Guide).
        return tuple(
            lifecycle.retention(action["Lifecycle"])
            if action.get("Lifecycle")
            else self.retention
            for action in self.document.get("CopyActions") or ()
        )

    @property
    def copies(self) -> frozenset[Copy]:
        """The copies that it makes."""
        actions = self.document.get("CopyActions") or ()
        return frozenset(
            Copy(action["DestinationBackupVaultArn"], kept)
            for action, kept in zip(actions, self.kept_copies, strict=True)
        )


@cache
def _schedule(expression: str, timezone: str) -> Cron:
    try:
        return read(expression, timezone)
    except ScheduleError as problem:
        raise NotUnderstoodError(f"schedule not understood: {problem}") from None


@cache
def _longest_pause(expression: str, timezone: str, since: datetime) -> timedelta:
    return _schedule(expression, timezone).longest_pause(since)


@dataclass(frozen=True)
class BackupPlan:
    """A backup plan with its current rules."""

    rules: tuple[Rule, ...]

    def rules_into(self, vault: str) -> list[Rule]:
        """Return the rules that fill a vault.

        Raises:
            NotUnderstoodError: only such do that may fill an air-gapped one instead.
        """
        named = [rule for rule in self.rules if rule.vault == vault]
        found = [rule for rule in named if not rule.air_gapped]
        if named and not found:
            raise NotUnderstoodError(
                f"rule {named[0].name} has TargetLogicallyAirGappedBackupVaultArn",
            )
        return found

    def interval_into(self, vault: str, since: datetime) -> Minutes:
        """Return the longest pause of the most frequent rule into a vault.

        It is infinite if AWS Backup refuses one of the rules, as it takes all or none.

        Raises:
            NotUnderstoodError: an expression is none that AWS documents.
        """
        for other in self.rules:
            with suppress(NotUnderstoodError):  # it matters where it fills the vault
                if other.refusal:
                    return other.interval(since)
        rule = self.rule_into(vault, since)
        return rule.interval(since) if rule else Minutes(inf, f"no rule into {vault}")

    def rule_into(self, vault: str, since: datetime) -> Rule | None:
        """Return the most frequent rule into a vault, of those that are understood.

        Raises:
            NotUnderstoodError: no expression is one that AWS documents.
        """
        rules = self.rules_into(vault)
        understood = []
        for rule in rules:
            with suppress(NotUnderstoodError):
                understood.append((rule.interval(since), rule))
        if understood:
            return min(understood, key=itemgetter(0))[1]
        return min(rules, key=lambda rule: rule.interval(since), default=None)

    def others(self, rule: Rule) -> frozenset[str]:
        """Return the ids of all other rules."""
        return frozenset(other.id for other in self.rules if other.id != rule.id)
