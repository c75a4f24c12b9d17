"""Reads the criteria of the promotion plan from `promotion/criteria.toml`."""

from datetime import timedelta
from functools import cache

from conformance.config.file_reader import PROMOTION, load
from conformance.model.criterion import Catalogue, Criterion


@cache
def load_catalogue() -> Catalogue:
    """Return every criterion by its id, in the order of the plan; read once a process.

    Raises:
        BadInputError: with every problem of the file.
    """
    document = load(PROMOTION / "criteria.toml", "criteria")
    return {
        name: Criterion(
            id=name,
            title=entry["title"],
            plan=entry["plan"],
            scope=frozenset(entry["scope"]),
            kind=entry["kind"],
            level=entry["level"],
            advisory_in=frozenset(entry.get("advisory_in", ())),
            phase=entry.get("phase", ""),
            gates=frozenset(entry["gates"]),
            role=entry["role"],
            maximum_age=timedelta(days=entry["maximum_age_days"]),
        )
        for name, entry in document.items()
    }
