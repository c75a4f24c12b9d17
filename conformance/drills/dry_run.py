"""The lines of `--dry-run`: what a drill would do, before it does it."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conformance.aws.client import AwsClients
from conformance.aws.iam_policy import rights
from conformance.config.declared import Declared
from conformance.deployed import DeployedTable
from conformance.drills import cost
from conformance.drills.own_rights import rights_lines
from conformance.drills.switching import items_of
from conformance.drills.writer import RING
from conformance.model.errors import NotAssessedError, UnreadableError

SHORTEST = timedelta(minutes=20)
"""The time of a restore to a point in time on AWS, whatever the table's size."""
USUAL = timedelta(hours=1)
OF_RESTORES = ("data", "backup", "sandbox", "restore")
"""The classes that restores need."""
OF_SWITCHES = ("data",)
"""The classes that a switch of writers needs."""
_NOWHERE = "nothing, as restore_into is not declared (RST-6)"
_MAKES = {
    "pitr": "a table",
    "backup": "an on-demand backup and a table",
    "point": "a recovery point and a table",
    "copy": "a recovery point, its copy and a table elsewhere",
}


def dry_run_lines(
    clients: AwsClients,
    declared: Declared,
    tables: Mapping[str, DeployedTable],
    wanted: Mapping[str, frozenset[str]],
    *,
    switched: Collection[str] = (),
) -> Iterator[str]:
    """Yield what would be made, how long it takes, what it costs, and what it needs."""
    yield "dry run: nothing is written"
    into = clients.environment.restore_into
    for name, requested in wanted.items():
        for kind in sorted(requested):
            makes = _MAKES[kind] if into or kind != "copy" else _NOWHERE
            yield f"  {tables[name].name} ({kind}): {makes}"
    if wanted:
        yield f"  in each of them {RING + 2} items of our own, removed afterwards"
    if switched:
        yield f"  writers of {', '.join(switched)}: {_switching(clients, declared)}"
    kinds = {kind for requested in wanted.values() for kind in requested}
    if wanted:
        yield f"time: {_duration(declared, kinds)}"
    if switched:
        lead = declared.drills.lead.total_seconds()
        yield f"time: three times {lead:.0f} s of writing, and what replication takes"
    yield from _cost(clients, declared, tables, wanted)
    needed = OF_RESTORES if wanted else OF_SWITCHES
    yield from _rights(clients, declared, needed)
    yield f"credentials: {_credentials(clients, _longest(declared, kinds))}"


def _switching(clients: AwsClients, declared: Declared) -> str:
    regions = clients.environment.regions
    if len(regions) == 1:
        return "nothing, as the environment has one region (DRX-1, DRX-2)"
    return (
        f"from {regions[0]} to {regions[1]} and back, with "
        f"{items_of(declared.drills)} items of our own, removed afterwards"
    )


def _writing(declared: Declared, kinds: set[str]) -> timedelta:
    """Return how long test items are written."""
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
    clients: AwsClients,
    declared: Declared,
    tables: Mapping[str, DeployedTable],
    wanted: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Yield what is charged by the size of the tables; test items are a few hundred."""
    home = clients.environment.regions[0]
    into = clients.environment.restore_into
    try:
        sizes = {
            name: int(tables[name].description["TableSizeBytes"]) for name in wanted
        }
    except (NotAssessedError, UnreadableError) as problem:
        yield f"cost: unknown: {problem}"
        return
    copied_to = into.region if into else home
    made = wanted
    if not into:
        made = {name: requested - {"copy"} for name, requested in wanted.items()}
    charged = cost.quantities(sizes, made, home, copied_to)
    yield from cost.in_words(declared.costs, charged)


def _rights(
    clients: AwsClients, declared: Declared, classes: tuple[str, ...]
) -> Iterator[str]:
    """Yield the rights beside those to read, and the classes that are not allowed."""
    allowing = replace(clients.environment, allows=frozenset(classes))
    needed = [
        stated
        for statements in rights(allowing, declared).values()
        for stated in statements
    ]
    actions = {action for stated in needed for action in stated["Action"]}
    missing = [name for name in classes if name not in clients.environment.allows]
    yield f"rights: {', '.join(sorted(actions))}"
    yield from rights_lines(clients, needed)
    yield "  as a policy: python -m conformance iam-policy --env …"
    if missing:
        yield (
            f"  not allowed by {clients.environment.source.name}: "
            f"{', '.join(missing)}; its owner adds them to allows"
        )


def _credentials(clients: AwsClients, needed: timedelta) -> str:
    """Return if the credentials live until the drill has cleaned up."""
    minutes = int(needed.total_seconds() // 60)
    if not clients.has_session_token:
        return "keys without a session token, which do not expire"
    expiration = os.environ.get("AWS_CREDENTIAL_EXPIRATION", "")
    if clients.credentials_from != "env":
        return (
            f"{clients.credentials_from}, renewed by botocore; {minutes} min are needed"
        )
    if not expiration:
        return (
            f"a session token from the environment, which nobody renews; {minutes} min "
            "are needed, and how long it lives is not known"
        )
    left = datetime.fromisoformat(expiration) - datetime.now(UTC)
    enough = "long enough" if left > needed else "NOT long enough"
    return f"{enough}: {int(left.total_seconds() // 60)} min left, {minutes} needed"
