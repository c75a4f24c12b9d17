"""The criteria that a load run decides, each with its tables or indexes."""

from collections.abc import Iterator, Mapping

from conformance.model.table import Table

OF_TABLES = ("PRF-1", "PRF-2", "PRF-3", "PRF-5", "PRF-6", "PRF-7")
OF_INDEXES = ("PRF-2", "PRF-4")


def decided_by_load(tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """Each criterion with a subject: a table, or `table/index`."""
    for name, table in sorted(tables.items()):
        for criterion in OF_TABLES:
            yield criterion, name
        for index in sorted(table.indexes):
            for criterion in OF_INDEXES:
                yield criterion, f"{name}/{index}"


def test_of(criterion: str, region: str, subject: str) -> str:
    """The id under which a finding stands beside those of pytest's tests."""
    name = "-".join((criterion, region, *subject.split("/")))
    return f"perf::{criterion}[{name}]"
