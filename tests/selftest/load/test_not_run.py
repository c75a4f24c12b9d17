"""Loads that are refused, cannot begin, or meet nothing but errors."""

from functools import partial

import pytest

from tests.selftest.faulty_proxy import between
from tests.selftest.load.process import begin, left, until


@pytest.fixture
def load(twin, two_tables, tmp_path):
    """Begin a load of two tables."""
    return partial(begin, twin, two_tables, tmp_path)


def test_a_load_that_is_not_allowed_sends_nothing(twin, load):
    """An environment without load in its allows is left alone."""
    result = load(allows=["read", "data"]).result()
    assert result.status == 4
    assert 'adds "load" to allows' in result.output
    assert twin.calls() == [] or "PutItem" not in {
        it["operation"] for it in twin.calls()
    }
    assert not result.evidence.exists()


def test_prod_is_loaded_only_if_its_owner_allows_it(twin, load):
    """The shipped file does not, and nothing is sent; a file that does is obeyed."""
    result = load("--env", "prod").result()
    assert result.status == 4
    assert 'adds "load" to allows in prod.toml' in result.output
    assert not result.evidence.exists()
    allowed = load("--shape", "steady", deploy=False, judged_as="prod").result()
    assert allowed.status != 4, allowed.output
    assert "UpdateItem" in {call["operation"] for call in twin.calls()}
    assert left(twin) == []


def test_a_load_that_nobody_answers_is_no_success(twin, load):
    """Items can be written, but of the load itself every request fails."""
    for operation in ("UpdateItem", "Query"):
        twin.fault(operation=operation, code="InternalServerError")
    others = "put,conditional_put,get,get_strong,batch_get"
    result = load("--without", others, "--shape", "steady").result()
    assert result.status == 1, result.output
    assert "No request was answered." in result.run["remarks"]
    assert result.run["complete"] is False
    assert left(twin) == []


def test_a_load_that_cannot_begin_says_why(twin, load):
    """Nobody interrupted it: items could not be written."""
    twin.fault(operation="PutItem", code="InternalServerError")
    result = load().result()
    assert result.status == 1, result.output
    (remark,) = [it for it in result.run["remarks"] if it.startswith("No load")]
    assert "items could not be written" in remark
    assert "The run was interrupted." not in result.run["remarks"]
    assert left(twin) == []


def test_a_defect_of_ours_ends_the_run_and_says_so(twin, load):
    """An answer that no DynamoDB gives breaks the suite; locust alone would hang."""

    def misbehave(call):
        status, answer = call.send()
        answer.pop("Responses", None)
        return status, answer

    with between(twin.standin.endpoint, misbehave) as endpoint:
        result = load(endpoint=endpoint).result()
    assert result.status == 3, result.output
    assert "The suite itself broke: KeyError: 'Responses'." in result.run["remarks"]
    assert result.run["complete"] is False


def test_what_leaves_nothing_to_send_is_bad_input(load):
    """All operations left out: told before anything is sent."""
    every = "put,update,conditional_put,get,get_strong,query,batch_get"
    result = load("--without", every).result()
    assert result.status == 4
    assert "leaves nothing to send" in result.output
    assert "Traceback" not in result.output
    assert not result.evidence.exists()


def test_another_account_is_refused_before_anything_is_sent(twin, load):
    """The account is compared first, as in every run."""
    started = load(access_key_id="555566667777")
    result = started.result()
    assert result.status == 4
    assert "wrong account" in result.output
    assert left(twin) == []


def test_requests_that_fail_are_an_error_wherever_it_runs(twin, load):
    """A target that refuses what it should take is told, though it proves little."""
    started = load(seconds=6)
    until(twin, "UpdateItem")
    twin.fault(operation="UpdateItem", code="InternalServerError")
    result = started.result()
    assert result.status == 1, result.output
    assert {criterion for criterion, _ in result.found("ERROR")} == {"PRF-1"}
    assert left(twin) == []
