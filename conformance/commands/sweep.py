"""`python -m conformance sweep`: remove what killed drills left, and nothing else."""

import argparse
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from conformance.aws.client import AwsClients
from conformance.aws.login import connect
from conformance.aws.recorder import Recorder
from conformance.config.declared import SCHEMAS, Declared, load_declared
from conformance.config.environment import Environment, load_environment
from conformance.deployed import DeployedTable
from conformance.deployed.facts import Facts
from conformance.drills.journal import ended_runs
from conformance.drills.leftovers import (
    SWEEP_PATIENCE_S,
    find_leftovers,
    removable,
    remove_leftovers,
)
from conformance.drills.places import places
from conformance.model.errors import BadInputError, NotAssessedError, UnreadableError
from conformance.model.table import Table
from conformance.probes import items, leftover_items

PARTS = {
    "sandbox": "tables",
    "backup": "on-demand backups",
    "restore": "recovery points",
    "data": "test items",
}
"""The leftovers that are looked for, by the class that must be allowed for it."""


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "sweep", help="show what killed drills left, and remove it with --yes"
    )
    parser.add_argument("--env", required=True, metavar="ENV")
    parser.add_argument("--yes", action="store_true", help="remove what is shown")
    parser.add_argument(
        "--evidence",
        type=Path,
        default=Path("evidence"),
        metavar="DIR",
        help="where run folders with their journals are (default: evidence)",
    )
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    environment = load_environment(parsed.env)
    left_out = [name for name in PARTS if name not in environment.allows]
    for name in left_out:
        print(f"not looked for: {PARTS[name]}, as allows has no {name!r}")
    declared = load_declared(environment, parsed.schemas)
    clients, _ = connect(environment, declared, Recorder())
    ended = ended_runs(parsed.evidence)
    everywhere = places(clients, declared)
    try:
        left = [
            leftover
            for place in everywhere
            for leftover in removable(find_leftovers(place), ended)
        ]
        for leftover in left:
            print(f"{'remove' if parsed.yes else 'left'}: {leftover}")
        if not parsed.yes:
            count = len(left) + _of_items(environment, declared, clients, _show_items)
            none = "nothing else is left" if left_out else "nothing is left"
            print(f"{count} to remove: add --yes" if count else none)
            return 0
        still = [
            str(leftover)
            for place in everywhere
            for leftover in remove_leftovers(
                place, lambda found: removable(found, ended), SWEEP_PATIENCE_S
            )
        ]
        _of_items(environment, declared, clients, _remove_items)
    except (NotAssessedError, UnreadableError) as problem:
        raise BadInputError(str(problem)) from None
    for name in still:
        print(f"still there: {name}")
    if not still:
        print("nothing else is left" if left_out else "nothing of a drill is left")
    return 1 if still else 0


def _of_items(
    environment: Environment,
    declared: Declared,
    clients: AwsClients,
    act: Callable[[AwsClients, Table, DeployedTable], int],
) -> int:
    """Act on the suite's items in each table, whichever run wrote them; count them."""
    facts, count = Facts(clients), 0
    if "data" not in environment.allows:
        return count
    for region in environment.regions:
        for name, table in declared.tables.items():
            deployed = DeployedTable(facts, region, name)
            with suppress(NotAssessedError):  # no table, no items
                items.require_writable(table, deployed, accepted=True)
                count += act(clients, table, deployed)
    return count


def _show_items(clients: AwsClients, table: Table, deployed: DeployedTable) -> int:
    found = leftover_items.left(clients, table, deployed)
    if found:
        print(f"left: {found} test items in {deployed.name} ({deployed.region})")
    return found


def _remove_items(clients: AwsClients, table: Table, deployed: DeployedTable) -> int:
    found = leftover_items.sweep(clients, table, deployed)
    if found:
        print(f"removed: {found} test items in {deployed.name} ({deployed.region})")
    return found
