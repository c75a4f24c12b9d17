"""The runs of backup plans: their tables and times."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aws_standin.backup import backup_jobs, schedule_expression, selection_rules
from aws_standin.backup.backup_jobs import Order
from aws_standin.backup.records import RESOURCE_TYPE, Document, Plan, Selection
from aws_standin.backup.service import Service


@dataclass(frozen=True)
class Due:
    """A rule, and a time at which it runs."""

    rule: Document
    at: datetime


def schedule_of(rule: Document) -> schedule_expression.Cron:
    """Return when a rule is due; raises ScheduleError."""
    return schedule_expression.parse(
        rule.get("ScheduleExpression", schedule_expression.DEFAULT),
        rule.get("ScheduleExpressionTimezone", "UTC"),
    )


def expect_runs(service: Service, plan: Plan) -> None:
    """Let every rule of a plan's current version run at its times."""
    for rule in plan.current.document["Rules"]:
        _expect(service, plan, rule, service.now())


def _expect(service: Service, plan: Plan, rule: Document, after: datetime) -> None:
    """Let a rule run at its next time.

    After a jump of the clock, runs further back than the catch-up time are left out.
    """
    oldest = service.now() - timedelta(hours=service.settings.catch_up_hours)
    times = schedule_expression.due_times(schedule_of(rule), max(after, oldest))
    due = next(times, None)
    if due is None:
        return

    def run_and_expect(at: datetime) -> None:
        present = service.region(plan.place).plans.get(plan.id)
        if present and not present.deleted and present.current.id == plan.current.id:
            _expect(service, plan, rule, at)
            run(service, present, Due(rule, at))

    service.store.agenda.add(due, run_and_expect)


def covered(
    service: Service, plan: Plan, tags: dict[str, dict[str, str]]
) -> dict[str, Selection]:
    """Return the tables that a plan covers, each with the selection that does."""
    region = service.region(plan.place)
    opted_in = region.opted_in.get(RESOURCE_TYPE, False)
    found: dict[str, Selection] = {}
    for one in region.selections_of(plan.id):
        for arn, its_tags in tags.items():
            if selection_rules.covers(one.document, arn, its_tags, opted_in=opted_in):
                found.setdefault(arn, one)
    return found


def run(service: Service, plan: Plan, due: Due) -> None:
    """Start the backup jobs of one rule at one time, of whatever it covers now."""
    region = service.region(plan.place)
    if not region.selections_of(plan.id):
        return
    seen = service.survey(plan.place)
    for arn, one in covered(service, plan, seen.tags).items():
        role = one.document["IamRoleArn"]
        if role not in seen.roles:
            seen.roles[role] = service.role_problem(role)
        order = replace(order_of(plan, due.rule, arn, role), problem=seen.roles[role])
        backup_jobs.begin(service, order, due.at, seen.content(arn))
    region.plans[plan.id] = replace(region.plans[plan.id], executed=due.at)


def order_of(plan: Plan, rule: Document, arn: str, role: str) -> Order:
    """Return the order that a rule is for one table."""
    return Order(
        vault_name=rule["TargetBackupVaultName"],
        resource_arn=arn,
        role=role,
        lifecycle=rule.get("Lifecycle", {}),
        tags=dict(rule.get("RecoveryPointTags", {})),
        start_window=rule["StartWindowMinutes"],
        completion_window=rule["CompletionWindowMinutes"],
        created_by=creator(plan, rule),
        copy_actions=tuple(rule.get("CopyActions", ())),
    )


def creator(plan: Plan, rule: Document) -> dict[str, Any]:
    """Return CreatedBy of what a rule makes."""
    return {
        "BackupPlanId": plan.id,
        "BackupPlanArn": plan.arn,
        "BackupPlanName": plan.current.document["BackupPlanName"],
        "BackupPlanVersion": plan.current.id,
        "BackupRuleId": rule["RuleId"],
        "BackupRuleName": rule["RuleName"],
        "BackupRuleCron": rule["ScheduleExpression"],
        "BackupRuleTimezone": rule["ScheduleExpressionTimezone"],
    }


def run_history(
    service: Service, plan: Plan, hours: int, leave_out: Collection[int]
) -> int:
    """Run a plan's rules at their times of the last hours, and return how often.

    Every recovery point gets the tables' present content.  ``leave_out`` counts
    hours back from now: 0 is the last hour.
    """
    now = service.now()
    since = now - timedelta(hours=hours)
    runs = 0
    for rule in plan.current.document["Rules"]:
        made = _run_times(service, plan, rule)
        for at in schedule_expression.due_between(schedule_of(rule), since, now):
            if at in made or (now - at) // timedelta(hours=1) in leave_out:
                continue
            run(service, plan, Due(rule, at))
            runs += 1
    return runs


def _run_times(service: Service, plan: Plan, rule: Document) -> set[datetime]:
    return {
        job.created
        for job in service.region(plan.place).backups.values()
        if job.created_by and job.created_by["BackupRuleId"] == rule["RuleId"]
    }
