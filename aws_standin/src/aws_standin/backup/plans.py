"""Operations on backup plans: CreateBackupPlan and what belongs to it."""

from dataclasses import replace
from itertools import islice
from typing import Any

from aws_standin.backup import api_shapes, errors, plan_runs
from aws_standin.backup.backup_jobs import COMPLETION_WINDOW, START_WINDOW
from aws_standin.backup.paging import page
from aws_standin.backup.records import Document, Place, Plan, Version
from aws_standin.backup.retention import lifecycle_problem
from aws_standin.backup.schedule_expression import (
    DEFAULT,
    ScheduleError,
    due_times,
    more_than_hourly,
)
from aws_standin.backup.service import Service
from aws_standin.backup.store import new_id
from aws_standin.protocols.messages import AwsError

Parameters = dict[str, Any]
_SHORTEST_WINDOW, _LONGEST_WINDOW = 60, 52_560_000
"""Minutes (botocore model, StartWindowMinutes)."""
_CONTINUOUS_LONGEST = 35
"""Days that a continuous backup can be kept (Developer Guide, "Continuous backups")."""
_PREVIEWS = 10


def create(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer CreateBackupPlan."""
    region = service.region(place)
    plans = [one for one in region.plans.values() if not one.deleted]
    request_id = given.get("CreatorRequestId")
    for one in plans:
        if request_id and one.request_id == request_id:
            return _made(one)
    document = _document(given["BackupPlan"], None)
    for one in plans:
        if _same(one.current.document, document):
            raise AwsError(
                "AlreadyExistsException",
                "Backup plan with the same plan document already exists",
                Arn=one.arn,
                CreatorRequestId=one.request_id,
            )
    version = Version(new_id(), service.now(), document)
    plan = Plan(place, new_id().lower(), (version,), request_id)
    region.plans[plan.id] = plan
    service.store.tags[plan.arn] = dict(given.get("BackupPlanTags") or {})
    plan_runs.expect_runs(service, plan)
    return _made(plan)


def update(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer UpdateBackupPlan: the rules of the new version are scheduled from now."""
    plan = errors.plan(service, place, given["BackupPlanId"])
    document = _document(given["BackupPlan"], plan.current.document)
    version = Version(new_id(), service.now(), document)
    plan = replace(plan, versions=(*plan.versions, version))
    service.region(place).plans[plan.id] = plan
    plan_runs.expect_runs(service, plan)
    return _made(plan)


def get(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer GetBackupPlan, of the current version or of the one that is asked for."""
    plan = errors.plan(service, place, given["BackupPlanId"])
    wanted = given.get("VersionId", plan.current.id)
    version = next((one for one in plan.versions if one.id == wanted), None)
    if version is None:
        raise errors.unknown(f"Cannot find version {wanted} of Backup plan {plan.id}")
    shown = api_shapes.plan(replace(plan, versions=(version,)))
    del shown["BackupPlanName"]
    previews = int(given.get("MaxScheduledRunsPreview", 0))
    if not 0 <= previews <= _PREVIEWS:
        raise errors.invalid(f"MaxScheduledRunsPreview must be 0 to {_PREVIEWS}")
    if previews:
        shown["ScheduledRunsPreview"] = _previews(service, version, previews)
    return {**shown, "BackupPlan": version.document}


def list_all(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListBackupPlans."""
    plans = [
        api_shapes.plan(one)
        for one in service.region(place).plans.values()
        if given.get("IncludeDeleted") or not one.deleted
    ]
    return page("BackupPlansList", plans, given)


def list_versions(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListBackupPlanVersions, the newest first."""
    plan = errors.plan(service, place, given["BackupPlanId"])
    versions = [
        api_shapes.plan(replace(plan, versions=(one,)))
        for one in reversed(plan.versions)
    ]
    return page("BackupPlanVersionsList", versions, given)


def delete(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DeleteBackupPlan, once it has no selection."""
    plan = errors.plan(service, place, given["BackupPlanId"])
    region = service.region(place)
    if region.selections_of(plan.id):
        raise errors.refused(
            "Related backup plan selections must be deleted prior to backup plan "
            "deletion"
        )
    region.plans[plan.id] = replace(plan, deleted=service.now())
    return {
        "BackupPlanId": plan.id,
        "BackupPlanArn": plan.arn,
        "DeletionDate": service.now(),
        "VersionId": plan.current.id,
    }


def _made(plan: Plan) -> Parameters:
    return api_shapes.present(
        BackupPlanId=plan.id,
        BackupPlanArn=plan.arn,
        CreationDate=plan.current.created,
        VersionId=plan.current.id,
        AdvancedBackupSettings=plan.current.document.get("AdvancedBackupSettings"),
    )


def _previews(service: Service, version: Version, count: int) -> list[Parameters]:
    found = [
        {
            "ExecutionTime": due,
            "RuleId": rule["RuleId"],
            "RuleExecutionType": "SNAPSHOTS",
        }
        for rule in version.document["Rules"]
        for due in islice(
            due_times(plan_runs.schedule_of(rule), service.now()),
            count,
        )
    ]
    return sorted(found, key=lambda one: one["ExecutionTime"])[:count]


def _same(one: Document, other: Document) -> bool:
    def plain(document: Document) -> Parameters:
        rules = [{**rule, "RuleId": ""} for rule in document["Rules"]]
        return {**document, "Rules": rules}

    return plain(one) == plain(other)


def _document(wanted: Document, before: Document | None) -> Parameters:
    """Return the plan as it will be shown; raises what AWS finds wrong with it."""
    errors.required(wanted, "BackupPlanName", "Rules")
    if not errors.NAME.fullmatch(wanted["BackupPlanName"]):
        raise errors.invalid(
            f"Backup plan name {wanted['BackupPlanName']} is not valid"
        )
    if not wanted["Rules"]:
        raise errors.invalid("A backup plan must have at least one rule")
    ids = {rule["RuleName"]: rule["RuleId"] for rule in (before or {}).get("Rules", ())}
    return {**wanted, "Rules": [_rule(rule, ids) for rule in wanted["Rules"]]}


def _rule(wanted: Document, ids: Document) -> Parameters:
    errors.required(wanted, "RuleName", "TargetBackupVaultName")
    rule = {
        "ScheduleExpression": DEFAULT,
        "ScheduleExpressionTimezone": "Etc/UTC",
        "StartWindowMinutes": START_WINDOW,
        "CompletionWindowMinutes": COMPLETION_WINDOW,
        "EnableContinuousBackup": False,
        **wanted,
        "RuleId": ids.get(wanted["RuleName"]) or new_id().lower(),
    }
    problem = (
        _name_problem(rule)
        or _schedule_problem(rule)
        or _window_problem(rule)
        or lifecycle_problem(rule.get("Lifecycle", {}))
        or _continuous_problem(rule)
        or _copy_problem(rule)
    )
    if problem:
        raise errors.invalid(f"Error in rule {rule['RuleName']} : {problem}")
    return rule


def _name_problem(rule: Document) -> str | None:
    if not errors.NAME.fullmatch(rule["RuleName"]):
        return "Rule name is not valid"
    if not errors.VAULT_NAME.fullmatch(rule["TargetBackupVaultName"]):
        return f"Backup vault name {rule['TargetBackupVaultName']} is not valid"
    return None


def _schedule_problem(rule: Document) -> str | None:
    try:
        schedule = plan_runs.schedule_of(rule)
    except ScheduleError as problem:
        return f"Invalid schedule expression. {problem}"
    if more_than_hourly(schedule):
        return "Invalid schedule expression. Backups cannot be more often than hourly"
    return None


def _window_problem(rule: Document) -> str | None:
    start, completion = rule["StartWindowMinutes"], rule["CompletionWindowMinutes"]
    if not _SHORTEST_WINDOW <= start <= _LONGEST_WINDOW:
        return (
            f"Invalid start window. StartWindowMinutes cannot be less than "
            f"{_SHORTEST_WINDOW} or more than {_LONGEST_WINDOW} minutes"
        )
    if completion <= start:
        return "Invalid completion window. It must be longer than the start window"
    return None


def _continuous_problem(rule: Document) -> str | None:
    lifecycle = rule.get("Lifecycle", {})
    if not rule["EnableContinuousBackup"]:
        return None
    if lifecycle.get("MoveToColdStorageAfterDays") is not None:
        return "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable"
    if not 1 <= lifecycle.get("DeleteAfterDays", 0) <= _CONTINUOUS_LONGEST:
        return (
            "Invalid lifecycle. DeleteAfterDays of a continuous backup cannot be "
            f"less than 1 or more than {_CONTINUOUS_LONGEST} days"
        )
    return None


def _copy_problem(rule: Document) -> str | None:
    for action in rule.get("CopyActions", ()):
        destination = action["DestinationBackupVaultArn"]
        if not errors.VAULT_ARN.fullmatch(destination):
            return f"Invalid destination backup vault ARN {destination}"
        problem = lifecycle_problem(action.get("Lifecycle") or {})
        if problem:
            return problem
    return None
