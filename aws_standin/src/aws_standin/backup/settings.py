"""The settings of AWS Backup in the control API."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aws_standin.backup.job_records import FINAL, Outcome
from aws_standin.backup.records import name_in, place_of


@dataclass
class Settings:
    """The durations of jobs, in seconds of the stand-in's clock, and their outcomes."""

    start_seconds: float = 0.1
    """From CREATED (and PENDING) to RUNNING."""
    backup_seconds: float = 0.3
    copy_seconds: float = 0.3
    restore_seconds: float = 0.5
    abort_seconds: float = 0.0
    """From StopBackupJob to ABORTED."""
    late_starts: bool = False
    """Let backup jobs start anywhere in their start windows, as AWS's do."""
    one_job_a_resource: bool = False
    """Let a backup or copy job of a table wait for the one that runs; a backup job that
    waits longer than its start window EXPIREs (AWS Backup quotas: one at a time)."""
    refuse_tags_of_plain_points: bool = False
    """Let ListTags refuse recovery points whose ARN is DynamoDB's, as AWS may."""
    catch_up_hours: float = 48.0
    """Scheduled runs that are further back when the clock jumps are left out."""
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    """The next jobs that shall not end well: {"job": "backup", "copy" or "restore",
    "table": a name or pattern, "account", "region", "state": what it ends as,
    "message": why, "times": how often, default 1}.  The first that fits is used up
    first."""

    def problem(self, setting: str, value: Any) -> str:
        """Say what is wrong with a new value, "" when nothing is."""
        if setting != "outcomes" or not isinstance(value, list):
            return ""
        return next(filter(None, map(_problem, value)), "")

    def next_outcome(self, kind: str, arn: str) -> Outcome | None:
        """Return how a table's next job is set to end; None: as it may.

        The rule that says so is used up by it.
        """
        for rule in self.outcomes:
            left = int(rule.get("times", 1))
            if left > 0 and _fits(rule, kind, arn):
                rule["times"] = left - 1
                return Outcome(rule["state"], rule.get("message"))
        return None


_KNOWN = {"job", "table", "account", "region", "state", "message", "times"}


def _problem(rule: dict[str, Any]) -> str:
    """Say what is wrong with one rule, "" when nothing is."""
    if unknown := set(rule) - _KNOWN:
        return f"no {sorted(unknown)}; known: {sorted(_KNOWN)}"
    states = FINAL.get(rule.get("job", "backup"))
    if states is None:
        return f"job must be one of {sorted(FINAL)}"
    if rule.get("state") not in states:
        return f"state must be one of {sorted(states)}"
    return ""


def _fits(rule: dict[str, Any], kind: str, arn: str) -> bool:
    place = place_of(arn)
    return (
        rule.get("job", "backup") == kind
        and rule.get("account", place.account) == place.account
        and rule.get("region", place.region) == place.region
        and fnmatchcase(name_in(arn), rule.get("table", "*"))
    )
