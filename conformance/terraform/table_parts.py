"""The replicas and indexes of a table that a Terraform plan changes in place."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.model.errors import NotAssessedError
from conformance.terraform.configuration import Configuration
from conformance.terraform.differences import by_name, differences
from conformance.terraform.in_place import HARMLESS, REMADE
from conformance.terraform.indexes import key_of, types
from conformance.terraform.resources import Resource, Values

_KEYS = frozenset({"hash_key", "key_schema", "range_key"})
_EVENTUAL = "EVENTUAL"


@dataclass(frozen=True)
class Doubt:
    """A change of which nobody knows whether data is lost by it."""

    because: str


Found = Iterator[str | Doubt]
"""Losses in words, and doubts."""


def _doubted(found: Found) -> Found:
    """Yield what is found, and a doubt where something is known only after apply."""
    try:
        yield from found
    except NotAssessedError as problem:
        yield Doubt(str(problem))


def lost_replicas(resource: Resource, configuration: Configuration) -> Found:
    """Yield the replicas that would not stay as they are."""
    before, after = _both(resource)
    found = by_name(before.blocks("replica"), "region_name")
    planned = by_name(after.blocks("replica"), "region_name")
    for region, replica in sorted(found.items()):
        what = f"replica in {region}"
        if region not in planned:
            yield f"{what}: delete"
        else:
            for name in differences(replica, planned[region]):
                configured = _is_configured(resource, configuration, name)
                sides = (replica, planned[region])
                yield from _doubted(
                    _changed_replica(what, name, *sides, configured=configured)
                )


def _changed_replica(
    what: str, name: str, before: Values, after: Values, *, configured: bool
) -> Found:
    """Say what a changed attribute does to a replica.

    An attribute that nothing sets is known only after apply if another of the block
    changes; the provider then compares it as empty.
    """
    if name not in REMADE["replica"]:
        yield from changed_attribute("replica", what, name)
    elif not after.knows(name) and name in after.content:
        if configured or before.known(name):
            yield Doubt(
                f"{what}: {name} is known only after apply; if it changes, the "
                "replica is deleted and created"
            )
    elif (
        name == "consistency_mode"
        and after[name] == _EVENTUAL
        and not before.known(name)
    ):
        yield Doubt(
            f"{what}: {name} was not known; if it changes, the replica is "
            "deleted and created"
        )
    else:
        yield f"{what}: delete/create ({name})"


def lost_indexes(resource: Resource) -> Found:
    """Yield the global secondary indexes that would not stay as they are."""
    before, after = _both(resource)
    block = "global_secondary_index"
    found, planned = (by_name(side.blocks(block), "name") for side in (before, after))
    for name, index in sorted(found.items()):
        what = f"index {name}"
        if name not in planned:
            yield f"{what}: delete"
        else:
            yield from _doubted(
                _changed_index(what, index, planned[name], before, after)
            )


def _changed_index(
    what: str, index: Values, planned: Values, before: Values, after: Values
) -> Found:
    names = differences(index, planned)
    if key_of(index, types(before)) != key_of(planned, types(after)):
        yield f"{what}: delete/create (key)"
    elif _respelled(index, planned):
        yield Doubt(
            f"{what}: its key is spelled in another way (hash_key, key_schema); some "
            "6.x versions of the provider delete and create it for that"
        )
    for name in names:
        if name in _KEYS:
            continue
        if name in REMADE["global_secondary_index"] and planned.knows(name):
            yield f"{what}: delete/create ({name})"
        elif name == "warm_throughput":
            yield from _warm_throughput(what, index, planned)
        else:
            yield from changed_attribute("global_secondary_index", what, name)


def _respelled(index: Values, planned: Values) -> bool:
    """Return True if one key is spelled in two ways.

    The provider ignores key_schema where hash_key is given and stays.
    """
    spelled = index.known("hash_key"), planned.known("hash_key")
    same = spelled[0] == spelled[1] and bool(spelled[0])
    names = {"range_key"} if same else _KEYS
    return bool(names.intersection(differences(index, planned)))


def _warm_throughput(what: str, index: Values, planned: Values) -> Found:
    """Say what another warm throughput does: to lower it, the index is made anew."""
    was, will = (side.blocks("warm_throughput") for side in (index, planned))
    for old, new in zip(was, will, strict=False):
        for unit in ("read_units_per_second", "write_units_per_second"):
            if (new[unit] or 0) < (old[unit] or 0):
                yield f"{what}: delete/create (warm_throughput)"
                return


def changed_types(resource: Resource) -> Found:
    """Yield the attributes whose type changes, which the provider does not send."""
    before, after = map(types, _both(resource))
    for name in sorted(before):
        if after.get(name, before[name]) != before[name]:
            yield Doubt(
                f"attribute {name}: no table changes the type of a key's attribute in "
                "place"
            )


def changed_attribute(kind: str, what: str, name: str) -> Found:
    """Say what an attribute does that changes in place; nothing if it is harmless."""
    if name not in HARMLESS.get(kind, {}):
        place = f"{what}: " if what else ""
        yield Doubt(
            f"{place}{name} changes in place, and it is not known whether data is lost"
        )


def _is_configured(resource: Resource, configuration: Configuration, name: str) -> bool:
    """Return True if a block of a replica sets the attribute, or may."""
    count = len(_both(resource)[1].blocks("replica"))
    paths = [("replica", position) for position in range(count)]
    return any(
        not configuration.sets(resource, *path)
        or configuration.sets(resource, *path, name)
        for path in paths
    )


def _both(resource: Resource) -> tuple[Values, Values]:
    nothing = Values(resource.address, {})
    return resource.before or nothing, resource.after or nothing
