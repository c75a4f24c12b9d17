"""The drills that the selected checks ask for, and what `--dry-run` says of them."""

from collections.abc import Iterable, Mapping

import pytest

from conformance.drills import dry_run
from conformance.run.findings import subject_of
from conformance.run.session import Session


def wanted_restores(items: list[pytest.Item]) -> Mapping[str, frozenset[str]]:
    """Return the kinds of restores that the checks need, by declared table."""
    wanted: dict[str, set[str]] = {}
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        subject = subject_of(item)
        if "restored" in names and subject.table:
            methods = wanted.setdefault(subject.table, set())
            if subject.part:
                methods.add(subject.part)
    return {
        table: frozenset(kinds or {"pitr"}) for table, kinds in sorted(wanted.items())
    }


def wanted_switches(items: list[pytest.Item]) -> list[str]:
    """Return the declared tables whose writers the checks switch."""
    return sorted(
        {
            subject_of(item).table
            for item in items
            if "switching" in getattr(item, "fixturenames", ())
        }
    )


def dry_run_lines(session: Session, items: list[pytest.Item]) -> Iterable[str]:
    """Return what a drill of these checks would do; read, and write nothing."""
    region = session.deployed.regions[session.environment.regions[0]]
    wanted = wanted_restores(items)
    tables = {name: region.tables[name] for name in wanted}
    switched = wanted_switches(items)
    return dry_run.dry_run_lines(
        session.clients, session.declared, tables, wanted, switched=switched
    )
