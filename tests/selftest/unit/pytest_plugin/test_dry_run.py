"""The drills that the selected checks ask for."""

from types import SimpleNamespace

from conformance.pytest_plugin.dry_run import wanted_restores, wanted_switches
from conformance.run.subject import Subject


def _item(table, method="", *fixtures):
    subject = Subject("eu-west-1", table, part=method)
    callspec = SimpleNamespace(params={"subject": subject})
    return SimpleNamespace(callspec=callspec, fixturenames=fixtures)


def test_each_table_is_restored_as_its_checks_ask():
    """A check of leftovers alone needs a restore, and takes the cheapest."""
    items = [
        _item("users", "point", "restored", "backup_restore"),
        _item("users", "pitr", "restored", "any_restore"),
        _item("users", "", "restored", "declared"),
        _item("orders", "", "restored", "declared"),
        _item("tenants", "", "deployed"),
    ]
    assert wanted_restores(items) == {
        "orders": frozenset({"pitr"}),
        "users": frozenset({"pitr", "point"}),
    }


def test_writers_are_switched_where_a_check_wants_it():
    """Each table once, however many checks are about it."""
    items = [
        _item("users", "", "switching", "failover"),
        _item("users", "", "switching", "failback"),
        _item("orders", "", "restored"),
    ]
    assert wanted_switches(items) == ["users"]
