"""The things that a review takes for granted, or says beside its findings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from conformance.model.errors import NotAssessedError
from conformance.model.table import OFF, Table
from conformance.model.text import shortened
from conformance.terraform.configuration import Configuration
from conformance.terraform.resources import UNKNOWN, Resource
from conformance.terraform.tables import PlannedTable

_TABLES = 5


def unshown_conditions(
    resources: tuple[Resource, ...], configuration: Configuration
) -> Iterator[str]:
    """Name, in words, the selections that are taken to have no conditions.

    Whether there are none, or a dynamic block makes some of what is known only after
    apply, looks the same in Terraform's JSON.
    """
    for resource in resources:
        if resource.type != "aws_backup_selection" or not resource.after:
            continue
        unknown = resource.after.content.get("condition") is UNKNOWN
        if unknown and configuration.leaves_out(resource, "condition"):
            yield (
                f"{resource.address} is taken to have no conditions: whether a dynamic "
                "block makes some is known only after apply"
            )


def about_tables(
    tables: Mapping[str, Table], planned: Callable[[str], PlannedTable]
) -> Iterator[str]:
    """Say what is planned otherwise than declared and judged when it is deployed."""
    for said, applies in _SAID.items():
        names = [
            name
            for name, declared in tables.items()
            if _is_so(applies, planned, declared)
        ]
        if names:
            yield f"{shortened(names, _TABLES)}: {said}"


def missing_copies(
    regions: Iterable[str], makes_copies: Callable[[], bool]
) -> Iterator[str]:
    """Name the regions that copies are declared into, if no rule makes any."""
    with suppress(NotAssessedError):
        if regions and not makes_copies():
            yield (
                "no rule into the vault is planned to make copies, and some are "
                f"declared into {', '.join(regions)} (BKP-8 judges it)"
            )


Applies = Callable[[PlannedTable, Table], bool]


def _is_so(
    applies: Applies, planned: Callable[[str], PlannedTable], declared: Table
) -> bool:
    """Return True if a remark is known to apply."""
    try:
        return applies(planned(declared.name), declared)
    except NotAssessedError:
        return False


def _takes_default(block: str) -> Applies:
    return lambda planned, _: block in planned.unset


def _is_unprotected(planned: PlannedTable, declared: Table) -> bool:
    name = "deletion_protection_enabled"
    return declared.deletion_protection and not planned.values.known(name)


def _has_unprotected_replica(planned: PlannedTable, declared: Table) -> bool:
    name = "deletion_protection_enabled"
    off = [
        replica
        for replica in planned.replicas.values()
        if name in replica.values.content and not replica.values.known(name)
    ]
    return declared.deletion_protection and bool(off)


def _has_untagged_replica(planned: PlannedTable, declared: Table) -> bool:
    # A replica that is a resource of its own has tags of its own.
    blocks = [replica for replica in planned.replicas.values() if replica.path]
    return bool(declared.tags) and not all(
        replica.values.known("propagate_tags") for replica in blocks
    )


def _has_another_stream(planned: PlannedTable, declared: Table) -> bool:
    values = planned.values
    enabled = values.known("stream_enabled")
    return (values.text("stream_view_type") if enabled else OFF) != declared.stream


def _has_another_ttl(planned: PlannedTable, declared: Table) -> bool:
    return planned.ttl != declared.ttl


def _begins_another_stream(planned: PlannedTable, _: Table) -> bool:
    before, after = planned.resource.before, planned.values
    name = "stream_view_type"
    return (
        before is not None
        and bool(before.known("stream_enabled") and after.known("stream_enabled"))
        and before.known(name) != after.known(name)
    )


_SAID: dict[str, Applies] = {
    "nothing in the configuration sets server_side_encryption, so the key that AWS "
    "owns is taken; a dynamic block would not show": _takes_default(
        "server_side_encryption"
    ),
    "nothing in the configuration sets point_in_time_recovery, so it is taken to be "
    "off; a dynamic block would not show": _takes_default("point_in_time_recovery"),
    "deletion protection is planned off and declared on (TBL-8 judges it)": (
        _is_unprotected
    ),
    "the deletion protection of a replica is planned off and declared on (TBL-8 judges "
    "it)": _has_unprotected_replica,
    "a replica is planned without the tags of its table (TBL-7 judges it)": (
        _has_untagged_replica
    ),
    "the stream is planned otherwise than declared (TBL-5 judges it)": (
        _has_another_stream
    ),
    "the TTL is planned otherwise than declared (TBL-6 judges it)": _has_another_ttl,
    "the provider ends the stream and begins another one, whose ARN its readers do not "
    "know": _begins_another_stream,
}
"""The remarks, each with what makes it true."""
