import subprocess
from collections import Counter

import orjson
import pytest

from conformance.gate import expected_tests as module
from conformance.gate.expected_tests import (
    ExpectedTest,
    collected_tests,
    expected_tests,
)
from conformance.model.errors import BadInputError
from tests.selftest.own_contract import own_environment, own_inputs

LIVE = ("TBL-1", "eu-west-1", "orders")
FOLDERS = ("tests/contract", "tests/dr", "tests/live")


def expected(name):
    """Return what a gate expects of an environment that the repository brings."""
    return expected_tests(own_inputs(name))


@pytest.fixture(scope="module")
def sit():
    """What the SIT gate expects."""
    return expected("sit")


@pytest.fixture(scope="module")
def prod():
    """What the gates of PROD expect."""
    return expected("prod")


def test_every_phase_is_expected(sit):
    """Live checks, drills, load and the review of a Terraform plan are all expected."""
    tests = [test.id for tests in sit.values() for test in tests]
    files = Counter(test.partition("::")[0].rpartition("/")[0] for test in tests)
    assert set(files) == {*FOLDERS, ""}
    assert min(files.values()) > 20
    assert len(tests) == len(set(tests))


def test_a_test_says_what_it_is_about(sit):
    """Region and subject come from pytest, and not from the letters of an id."""
    (orders,) = [test for test in sit["TBL-1"] if test.subject == "orders"]
    assert (orders.criterion, orders.region) == ("TBL-1", "eu-west-1")
    assert orders.id.endswith("::test_table_is_active[TBL-1-eu-west-1-orders]")
    assert orders.where == "orders in eu-west-1"
    whole = [test for tests in sit.values() for test in tests if not test.subject]
    assert {test.where for test in whole} == {"eu-west-1"}


def test_the_sit_gate_expects_a_load_of_every_table_and_index(sit, prod):
    """Whoever loads some tables has not decided the criterion; PROD is not loaded."""
    criteria = ("PRF-1", "PRF-2", "PRF-4")
    assert [len(sit[criterion]) for criterion in criteria] == [5, 16, 11]
    assert not prod.keys() & set(criteria)


def test_before_prod_the_first_phase_is_expected(prod):
    """A gate before PROD expects its own checks, in both regions."""
    regions = {test.region for test in prod["IDN-4"]}
    assert regions == set(own_environment("prod").regions)


@pytest.fixture
def collection(monkeypatch):
    """Let the collection end with a status and these test ids."""

    def end(status, *ids):
        tests = [dict(zip(("criterion", "region", "subject"), LIVE, strict=True))]
        output = orjson.dumps([test | {"id": name} for test in tests for name in ids])
        ended = subprocess.CompletedProcess([], status, output, b"ImportError: boto3")
        monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: ended)
        return collected_tests(own_inputs("sit"))

    return end


def test_the_collection_is_returned_as_it_was_printed(collection):
    """What pytest collected is what is expected, in its order."""
    ids = [f"{folder}/test_a.py::test_b" for folder in FOLDERS]
    assert collection(0, *ids) == [ExpectedTest(name, *LIVE) for name in ids]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_without_tests_is_refused(collection, folder):
    """An expectation that lacks a phase would be met by runs that lack it, too."""
    others = [f"{name}/test_a.py::test_b" for name in FOLDERS if name != folder]
    with pytest.raises(BadInputError, match=f"no test of a criterion .*{folder}"):
        collection(0, *others)


def test_a_collection_that_fails_is_refused_with_its_cause(collection):
    """What pytest said is in the message, so that it can be mended."""
    with pytest.raises(BadInputError, match=r"status 2(.|\n)*ImportError: boto3"):
        collection(2)
