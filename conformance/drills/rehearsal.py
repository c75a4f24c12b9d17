"""What a drill would do, before it does it: `--dry-run`."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from conformance.aws import Door
from conformance.declared import Declared
from conformance.deployed import DeployedTable
from conformance.drills.heartbeat import RING
from conformance.errors import NotAssessedError, UnreadableError
from conformance.iam_policy import actions
from conformance.interlock import CLASSES

SHORTEST = timedelta(minutes=20)
"""A restore to a time takes as long on AWS, whatever the size of the table."""
USUAL = timedelta(hours=1)
CLASSES_NEEDED = ("data", "backup", "sandbox", "restore")
_MAKES = {
    "pitr": "a table",
    "backup": "an on-demand backup and a table",
    "point": "a recovery point and a table",
    "copy": "a recovery point, its copy and a table elsewhere",
}
_UNIT = 4096
"""Bytes that a strongly consistent read unit reads."""


def rehearsed(
    door: Door,
    declared: Declared,
    tables: Mapping[str, DeployedTable],
    wanted: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """What would be made, how long it takes, what it costs, and what it needs."""
    yield "dry run: nothing is written"
    for name, each in wanted.items():
        for kind in sorted(each):
            yield f"  {tables[name].name} ({kind}): {_MAKES[kind]}"
    yield f"  in each table {RING + 2} items of our own, removed afterwards"
    kinds = {kind for them in wanted.values() for kind in them}
    yield f"time: {_duration(declared, kinds)}"
    yield f"cost: {_cost(declared, tables, wanted)}"
    yield from _rights(door)
    yield f"credentials: {_credentials(door, _longest(declared, kinds))}"


def _writing(declared: Declared, kinds: set[str]) -> timedelta:
    """How long test items are written."""
    apart = declared.target("backup_as_of_s") if kinds - {"pitr"} else 0.0
    drills = declared.drills
    return drills.lead + drills.tail + 2 * timedelta(seconds=apart)


def _longest(declared: Declared, kinds: set[str]) -> timedelta:
    return _writing(declared, kinds) + USUAL


def _duration(declared: Declared, kinds: set[str]) -> str:
    writing = int(_writing(declared, kinds).total_seconds())
    return (
        f"{writing} s of writing, then all restores at once: on AWS at least "
        f"{SHORTEST.seconds // 60} minutes, usually under {USUAL.seconds // 60}, given "
        f"up after {int(declared.drills.patience.total_seconds() // 60)}"
    )


def _cost(
    declared: Declared,
    tables: Mapping[str, DeployedTable],
    wanted: Mapping[str, frozenset[str]],
) -> str:
    """What the reads cost, and what else is charged by the size of the tables."""
    read = restored = 0
    region = next((it.region for it in tables.values()), "")
    try:
        for name, kinds in wanted.items():
            size = int(tables[name].description["TableSizeBytes"])
            read += size * (2 + len(kinds))
            restored += size * len(kinds)
    except (NotAssessedError, UnreadableError) as problem:
        return f"unknown: {problem}"
    gigabytes = f"{restored / 1e9:.3f} GB restored, at AWS's price of a restored GB"
    price = declared.costs.price(region, "reads").usd
    if price is None:
        return f"{read // _UNIT:,} read units (no price is known), and {gigabytes}"
    return f"{read / _UNIT / 1e6 * price:.4f} USD of reads, and {gigabytes}"


def _rights(door: Door) -> Iterator[str]:
    needed = sorted(
        action
        for name in CLASSES_NEEDED
        for service, operations in CLASSES[name].items()
        for operation in operations
        for action in actions(service, operation)
    )
    missing = [it for it in CLASSES_NEEDED if it not in door.environment.allows]
    yield f"rights: {', '.join(dict.fromkeys(needed))}"
    yield "  as a policy: python -m conformance iam-policy --env …"
    if missing:
        yield (
            f"  not allowed by {door.environment.source.name}: {', '.join(missing)}; "
            "its owner adds them to allows"
        )


def _credentials(door: Door, needed: timedelta) -> str:
    """Whether they live until the drill has cleaned up."""
    minutes = int(needed.total_seconds() // 60)
    if not door.has_session_token:
        return "keys without a session token, which do not expire"
    told = os.environ.get("AWS_CREDENTIAL_EXPIRATION", "")
    if door.credentials_from != "env":
        return f"{door.credentials_from}, renewed by botocore; {minutes} min are needed"
    if not told:
        return (
            f"a session token from the environment, which nobody renews; {minutes} min "
            "are needed, and how long it lives is not known"
        )
    left = datetime.fromisoformat(told) - datetime.now(UTC)
    enough = "long enough" if left > needed else "NOT long enough"
    return f"{enough}: {int(left.total_seconds() // 60)} min left, {minutes} needed"
