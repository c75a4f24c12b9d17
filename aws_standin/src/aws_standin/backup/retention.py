"""The retention of recovery points: lifecycles, vault locks, and expiry."""

from datetime import datetime

from aws_standin.backup.records import Document, Lock, Place, Point
from aws_standin.backup.store import Store

LONGEST = 36_500
"""Days; about 100 years (botocore model, Lifecycle)."""
COLD_MINIMUM = 90
"""Days that a backup stays in cold storage at least (botocore model, Lifecycle)."""
NEVER = -1


def lifecycle_problem(lifecycle: Document) -> str | None:
    """Return what AWS finds wrong with a lifecycle, None when nothing is."""
    delete = lifecycle.get("DeleteAfterDays")
    cold = lifecycle.get("MoveToColdStorageAfterDays")
    if delete is not None and delete != NEVER and not 1 <= delete <= LONGEST:
        return (
            "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than "
            f"{LONGEST} days"
        )
    if delete in {None, NEVER} or cold in {None, NEVER}:
        return None
    if delete - cold < COLD_MINIMUM:
        return (
            f"Invalid lifecycle. DeleteAfterDays cannot be less than {COLD_MINIMUM} "
            "days apart from MoveToColdStorageAfterDays"
        )
    return None


def problem(lock: Lock | None, lifecycle: Document) -> str | None:
    """Return why a locked vault refuses this retention, None when it does not."""
    if lock is None:
        return None
    days = lifecycle.get("DeleteAfterDays", NEVER)
    too_short = lock.shortest is not None and NEVER < days < lock.shortest
    too_long = lock.longest is not None and (days == NEVER or days > lock.longest)
    if not too_short and not too_long:
        return None
    return (
        f"Retention of {'for ever' if days == NEVER else f'{days} days'} is outside "
        f"the vault lock's minimum {lock.shortest} and maximum {lock.longest} days"
    )


def expect_expiry(store: Store, place: Place, point: Point) -> None:
    """Delete a recovery point when its retention ends, unless that is changed."""

    def expire(at: datetime) -> None:
        present = store.regions[place].points.get(point.arn)
        if present and present.delete_at and present.delete_at <= at:
            store.drop(place, point.arn)

    if point.delete_at:
        store.agenda.add(point.delete_at, expire)
