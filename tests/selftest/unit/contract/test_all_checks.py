"""The checks of tests/contract together."""

from conformance.config.file_reader import ROOT
from tests.selftest.unit.contract.defects import (
    BROKEN_CRITERIA,
    BROKEN_ENVIRONMENTS,
    BROKEN_INDEXES,
    BROKEN_PLANS,
    BROKEN_SERVICES,
    BROKEN_TABLES,
    DRAWN,
    checks,
)


def test_every_check_of_the_contract_is_seen_to_fail():
    """No check of tests/contract is left without a defect that it fails for.

    Those of a Terraform plan have twins of their own.
    """
    files = {path.name for path in (ROOT / "tests" / "contract").glob("test_*.py")}
    every = {name for file in files - {"test_terraform.py"} for name in checks(file)}
    seen = {
        *(BROKEN_TABLES | BROKEN_INDEXES | BROKEN_PLANS),
        *(BROKEN_ENVIRONMENTS | BROKEN_CRITERIA | BROKEN_SERVICES),
        "test_sample_fits_the_table",
        "test_expiry_of_the_sample_is_in_seconds",
        "test_distinct_values_are_of_index_partition_keys",
        # Seen to fail below, for a contract that no item fits.
        *DRAWN,
    }
    assert every == seen
