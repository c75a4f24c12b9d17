"""Which drills the selected checks ask for; and `--dry-run`, which only says so."""

from collections.abc import Iterable, Mapping

import pytest

from conformance.drills.dry_run import rehearsed
from conformance.run.findings import subject_of
from conformance.run.session import Suite

_FIXTURES = {"pitr_restore", "backup_restore", "copy_restore", "any_restore"}


def wanted_restores(items: list[pytest.Item]) -> Mapping[str, frozenset[str]]:
    """The kinds of restores that checks are about, by declared table."""
    wanted: dict[str, set[str]] = {}
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        subject = subject_of(item)
        if "restored" in names and subject.table:
            wanted.setdefault(subject.table, set())
            if names & _FIXTURES:
                wanted[subject.table].add(subject.part)
    return {
        table: frozenset(kinds or {"pitr"}) for table, kinds in sorted(wanted.items())
    }


def wanted_switches(items: list[pytest.Item]) -> list[str]:
    """The declared tables whose writers checks want to switch."""
    return sorted(
        {
            subject_of(item).table
            for item in items
            if "switching" in getattr(item, "fixturenames", ())
        }
    )


def rehearsal(suite: Suite, items: list[pytest.Item]) -> Iterable[str]:
    """What a drill of these checks would do; it reads, and writes nothing."""
    assert suite.clients is not None  # noqa: S101 -- a run has opened its environment
    assert suite.deployed is not None  # noqa: S101 -- the same
    region = suite.deployed.regions[suite.environment.regions[0]]
    wanted = wanted_restores(items)
    tables = {name: region.tables[name] for name in wanted}
    switched = wanted_switches(items)
    return rehearsed(suite.clients, suite.declared, tables, wanted, switched=switched)
