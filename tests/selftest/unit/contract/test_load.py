"""The checks of tests/contract/test_load.py fail for their own defects."""

from dataclasses import replace

from tests.selftest.unit.contract.defects import CONTRACT, checks, failing


def test_load_of_no_index_fails():
    """A distinct value count that belongs to no index fails its check."""
    parts = CONTRACT.load.tables
    idle = {"products": replace(parts["products"], distinct={"colour": 3})}
    broken = replace(CONTRACT, load=replace(CONTRACT.load, tables=parts | idle))
    (check,) = checks("test_load.py")
    assert failing("test_load.py", contract=broken) == [check]
    assert failing("test_load.py", contract=CONTRACT) == []
