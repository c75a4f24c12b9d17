"""A backup plan, as GetBackupPlan shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import inf
from typing import Any

from conformance.model.backup.schedule import ScheduleError, read
from conformance.model.backup.values import Copy, Minutes, Retention
from conformance.model.errors import NotAssessedError

_DAILY = "cron(0 5 ? * * *)"
"""The schedule of a rule without one (API_BackupRule, ScheduleExpression)."""
_START_WINDOW = 480
"""Minutes; "the default is 8 hours" (Developer Guide, "Backup plan options")."""
_NEVER = -1
"""DeleteAfterDays of what is kept for ever (API_CopyAction, Lifecycle)."""


@dataclass(frozen=True)
class Rule:
    """One rule of a plan."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Unique in its plan."""
        return str(self.document["RuleId"])

    @property
    def vault(self) -> str:
        """The name of the vault that it fills."""
        return str(self.document["TargetBackupVaultName"])

    def interval(self, since: datetime) -> Minutes:
        """Return the longest time between two runs.

        Raises:
            NotAssessedError: the expression is none that AWS documents.
        """
        expression = self.document.get("ScheduleExpression", _DAILY)
        # "By default, ScheduleExpressions are in UTC" (API_BackupRule).
        timezone = self.document.get("ScheduleExpressionTimezone", "UTC")
        pause = _longest_pause(expression, timezone, since)
        told = f"{self.document['RuleName']}: {expression} {timezone}"
        return Minutes(pause / timedelta(minutes=1), told)

    @property
    def start_window(self) -> Minutes:
        """The longest delay until a job starts."""
        minutes = self.document.get("StartWindowMinutes", _START_WINDOW)
        return Minutes(minutes, str(self.document["RuleName"]))

    @property
    def retention(self) -> Retention:
        """The retention of the recovery points that it makes."""
        return _retention(self.document.get("Lifecycle", {}))

    @property
    def copies(self) -> frozenset[Copy]:
        """The copies that it makes."""
        return frozenset(
            Copy(
                action["DestinationBackupVaultArn"],
                # "A copy with a retention setting set to never expire will retain
                # its source recovery point's expiration date" (Developer Guide).
                _retention(action["Lifecycle"])
                if action.get("Lifecycle")
                else self.retention,
            )
            for action in self.document.get("CopyActions", ())
        )


@cache
def _longest_pause(expression: str, timezone: str, since: datetime) -> timedelta:
    try:
        return read(expression, timezone).longest_pause(since)
    except ScheduleError as problem:
        raise NotAssessedError(f"schedule not understood: {problem}") from None


def _retention(lifecycle: Mapping[str, Any]) -> Retention:
    # No Lifecycle, or none with DeleteAfterDays: kept until somebody deletes it.
    days = lifecycle.get("DeleteAfterDays", _NEVER)
    return Retention(None if days == _NEVER else days)


@dataclass(frozen=True)
class BackupPlan:
    """A backup plan with its current rules."""

    rules: tuple[Rule, ...]

    def rules_into(self, vault: str) -> list[Rule]:
        """Return the rules that fill a vault."""
        return [rule for rule in self.rules if rule.vault == vault]

    def interval_into(self, vault: str, since: datetime) -> Minutes:
        """Return the longest pause of the most frequent rule into a vault.

        Raises:
            NotAssessedError: an expression is none that AWS documents.
        """
        rule = self.rule_into(vault, since)
        return rule.interval(since) if rule else Minutes(inf, f"no rule into {vault}")

    def rule_into(self, vault: str, since: datetime) -> Rule | None:
        """Return the most frequent rule into a vault.

        Raises:
            NotAssessedError: an expression is none that AWS documents.
        """
        rules = self.rules_into(vault)
        return min(rules, key=lambda rule: rule.interval(since), default=None)

    def others(self, rule: Rule) -> frozenset[str]:
        """Return the ids of all other rules."""
        return frozenset(other.id for other in self.rules if other.id != rule.id)
