"""Two tables in two regions, and what is found about each region."""

import pytest

from tests.selftest.twin_env import Twin

HERE, THERE = "af-south-1", "eu-west-1"
READ = ("REP-1", "REP-2", "TBL-1", "TBL-8", "GSI-1", "PIT-1")
LAGS = ("REP-3", "REP-4")


@pytest.fixture
def alone(aws, suite, two_tables):
    """Two tables as declared, for one test that cannot mend what it breaks."""
    twin = Twin(aws, suite, (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    return twin


def found(result, outcome):
    """Criterion, subject and region of every finding with this outcome."""
    return {
        (finding["criterion"], finding["subject"], finding["region"])
        for finding in result.run["findings"]
        if finding["outcome"] == outcome
    }
