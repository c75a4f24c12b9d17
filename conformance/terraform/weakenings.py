"""The protection that a Terraform plan takes from a table which stays."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from conformance.model.errors import NotAssessedError
from conformance.model.table import OFF, Table
from conformance.terraform.differences import by_name, differences
from conformance.terraform.resources import Resource, Values
from conformance.terraform.tables import LONGEST_DAYS
from conformance.terraform.target_check import REPLICA

_RECOVERY, _ENCRYPTION = "point_in_time_recovery", "server_side_encryption"
_PROTECTION = "deletion_protection_enabled"
Found = Iterator[tuple[str, str]]
"""The name of what is weakened, and how; an empty text means that it is not."""


def weakened(resource: Resource, declared: Table) -> Mapping[str, str]:
    """Return what the plan switches off, shortens, or changes against the contract.

    Raises:
        NotAssessedError: nothing is known to be weakened, and the new value of
            something is known only after apply.
    """
    before, after = resource.before, resource.after
    if before is None or after is None:
        return {}
    changed = frozenset(differences(before, after))
    found: dict[str, str] = {}
    doubts = []
    for judge in _judges(resource, changed, declared):
        try:
            found |= {name: how for name, how in judge(before, after) if how}
        except NotAssessedError as problem:
            doubts.append(str(problem))
    if doubts and not found:
        raise NotAssessedError("; ".join(doubts))
    return found


def _judges(
    resource: Resource, changed: frozenset[str], declared: Table
) -> Iterator[Callable[[Values, Values], Found]]:
    """Yield a judge for each setting that changes."""
    if resource.type == REPLICA:
        yield _of_replica
        return
    if _PROTECTION in changed:
        yield _protection
    for name in sorted({_RECOVERY, _ENCRYPTION} & changed):
        yield partial(_switch, name)
    if _RECOVERY in changed:
        yield _period
    if changed & {"stream_enabled", "stream_view_type"}:
        yield partial(_setting, "stream", _stream, declared.stream)
    if "ttl" in changed:
        yield partial(_setting, "ttl", _ttl, declared.ttl)
    if changed & {"tags", "tags_all"}:
        yield partial(_tags, declared.tags)
    if "replica" in changed:
        yield _replicas


def _protection(before: Values, after: Values) -> Found:
    yield _PROTECTION, _off(was=before.known(_PROTECTION), will=after[_PROTECTION])


def _switch(name: str, before: Values, after: Values) -> Found:
    yield name, _off(was=_enabled(before, name), will=_enabled(after, name))


def _period(before: Values, after: Values) -> Found:
    was, will = _days(before), _days(after)
    yield "recovery_period_in_days", f"{was} to {will}" if 0 < will < was else ""


def _setting(
    name: str,
    read: Callable[[Values], str],
    declared: str,
    before: Values,
    after: Values,
) -> Found:
    """Yield a setting that changes to what the contract does not say."""
    was, will = read(before), read(after)
    differs = will not in (was, declared)
    yield name, f"{was} to {will}, declared: {declared}" if differs else ""


def _tags(declared: Mapping[str, str], before: Values, after: Values) -> Found:
    name = "tags_all" if "tags_all" in after.content else "tags"
    if not after.knows(name):
        return  # TFP-6 says so where a selection rests on tags, and TBL-7 reads them
    had, planned = before.known(name) or {}, after[name] or {}
    for tag, value in declared.items():
        if had.get(tag) == value != planned.get(tag):
            yield f"tag {tag}", "no longer as declared"


def _replicas(before: Values, after: Values) -> Found:
    found = by_name(before.blocks("replica"), "region_name")
    planned = by_name(after.blocks("replica"), "region_name")
    for region in sorted(found.keys() & planned.keys()):
        for name, how in _of_replica(found[region], planned[region]):
            yield f"replica in {region}, {name}", how


def _of_replica(before: Values, after: Values) -> Found:
    for name in (_RECOVERY, _PROTECTION):
        if before.known(name):
            yield name, _off(was=True, will=name in after.content and after[name])


def _off(*, was: object, will: object) -> str:
    return "on to off" if was and not will else ""


def _enabled(values: Values, name: str) -> bool:
    return any(block["enabled"] for block in values.blocks(name))


def _days(values: Values) -> int:
    """Return the recovery period; 35 days where none is given, 0 without recovery."""
    days = [
        int(block.known("recovery_period_in_days") or LONGEST_DAYS)
        for block in values.blocks(_RECOVERY)
        if block["enabled"]
    ]
    return max(days, default=0)


def _stream(values: Values) -> str:
    return values.text("stream_view_type") if values["stream_enabled"] else OFF


def _ttl(values: Values) -> str:
    names = [
        block.text("attribute_name")
        for block in values.blocks("ttl")
        if block["enabled"]
    ]
    return names[0] if names else OFF
