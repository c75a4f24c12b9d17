"""AWS Backup's own routes of the control API: history, and missed backups."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from aws_standin.backup import plan_runs
from aws_standin.backup.job_records import BackupJob, CopyJob
from aws_standin.backup.records import Place, Plan, name_in, place_of
from aws_standin.backup.service import Service
from aws_standin.control_api import ControlApi

Document = dict[str, Any]
_LONGEST = 24 * 35
"""Hours of history at most."""


def add_routes(control_api: ControlApi, service: Service) -> None:
    """Register the routes."""

    def locked(work: Callable[[Service, Document], Document]) -> Any:
        def route(given: Document) -> Document:
            with service.store.lock:
                return work(service, given)

        route.__doc__ = work.__doc__
        return route

    control_api.route("POST", "backup/history", locked(make_history))
    control_api.route("POST", "backup/missed", locked(forget_runs))


def make_history(service: Service, given: Document) -> Document:
    """Run a plan as if it had been there for hours.

    {"account", "region", "plan_id", "hours": 25, "leave_out": [hours back, 0 is the
    last]}.  Jobs, recovery points and copies are those of the plan's rules at their
    due times, with the tables' present content; what a lifecycle has ended is gone.
    The plan, its selections and the vaults become older than all of it.
    """
    place = Place(given["account"], given["region"])
    plan = service.region(place).plans.get(given["plan_id"])
    hours = int(given.get("hours", 25))
    if plan is None or plan.deleted:
        raise ValueError(f"no plan {given['plan_id']!r} in {place}")
    if not 1 <= hours <= _LONGEST:
        raise ValueError(f"hours must be 1 to {_LONGEST}, not {hours}")
    _age(service, plan, service.now() - timedelta(hours=hours + 1))
    plan = service.region(place).plans[plan.id]
    runs = plan_runs.run_history(service, plan, hours, given.get("leave_out", []))
    service.advance()
    return {"runs": runs}


def forget_runs(service: Service, given: Document) -> Document:
    """Forget scheduled runs, as if they had been missed.

    {"account", "region", "hours_ago": [0 is the last hour, …], "table": name or
    pattern, default all, "copies_only": false}.  Their jobs, recovery points and
    copies go, or the copies alone.
    """
    place = Place(given["account"], given["region"])
    hours, pattern = set(given["hours_ago"]), given.get("table", "*")
    now, region = service.now(), service.region(place)

    def is_meant(job: BackupJob | CopyJob, began: datetime) -> bool:
        back = (now - began) // timedelta(hours=1)
        fits = fnmatchcase(name_in(job.resource_arn), pattern)
        return bool(job.created_by) and back in hours and fits

    backups = [one for one in region.backups.values() if is_meant(one, one.created)]
    ids = {one.id for one in backups}
    copies = [one for one in region.copies.values() if one.backup_job_id in ids]
    for copy in copies:
        del region.copies[copy.id]
        point = copy.destination_point_arn
        service.store.drop(place_of(point), point)
    if given.get("copies_only"):
        backups = []
    for backup in backups:
        del region.backups[backup.id]
        service.store.drop(place, backup.point_arn or "")
    return {"backups": len(backups), "copies": len(copies)}


def _age(service: Service, plan: Plan, since: datetime) -> None:
    """Make a plan, its selections and its vaults no younger than a time."""
    region = service.region(plan.place)
    first = replace(plan.versions[0], created=min(plan.versions[0].created, since))
    versions = (first, *plan.versions[1:])
    region.plans[plan.id] = replace(plan, versions=versions)
    for one in region.selections_of(plan.id):
        region.selections[one.id] = replace(one, created=min(one.created, since))
    for rule in plan.current.document["Rules"]:
        arns = [plan.place.arn("backup-vault", rule["TargetBackupVaultName"])]
        arns += [
            one["DestinationBackupVaultArn"] for one in rule.get("CopyActions", ())
        ]
        for vault in filter(None, map(service.store.vault, arns)):
            older = replace(vault, created=min(vault.created, since))
            service.region(vault.place).vaults[vault.name] = older
