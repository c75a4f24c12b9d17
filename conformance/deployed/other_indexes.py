"""Indexes that a contract cannot declare: local secondary and vector indexes."""

from collections.abc import Mapping
from typing import Any

from conformance.deployed.index import key, projection

_VECTOR = ("VectorAttribute", "Dimensions", "DistanceFunction", "SearchSchema")


def other_indexes_of(
    description: Mapping[str, Any], types: Mapping[str, str]
) -> Mapping[str, str]:
    """Return each of them in words, by its name and kind.

    Both lists are absent on a table that has none (API_TableDescription).
    """
    local = {
        f"{index['IndexName']} (local)": (
            f"{key(index['KeySchema'], types)}, {projection(index)}"
        )
        for index in description.get("LocalSecondaryIndexes", ())
    }
    vector = {
        f"{index['IndexName']} (vector)": _vector(index)
        for index in description.get("VectorIndexes", ())
    }
    return local | vector


def _vector(index: Mapping[str, Any]) -> str:
    facts = [f"{name} {index[name]}" for name in _VECTOR if name in index]
    return ", ".join([*facts, str(projection(index))])
