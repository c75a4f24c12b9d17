"""The comparison of two tables of any size, in constant memory, and by value.

The first pass sums a digest of every item into buckets of partition keys, in any
order; the second reads again and compares exactly what is in the buckets that differ.
"""

from conformance.drills.comparison.differences import (
    Difference,
    Differences,
    differences,
)
from conformance.drills.comparison.fingerprint import Fingerprint, fingerprint
from conformance.drills.comparison.scanning import Source

__all__ = [
    "Difference",
    "Differences",
    "Fingerprint",
    "Source",
    "differences",
    "fingerprint",
]
