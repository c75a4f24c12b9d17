"""Loads that are refused, cannot begin, or meet nothing but errors."""

import pytest

from conformance.config.baselines import accepted
from conformance.load.load_schedule import Choices
from conformance.locust_plugin.options import Options
from conformance.locust_plugin.preflight import open_target
from conformance.model.errors import BadInputError
from tests.selftest.faulty_proxy import between
from tests.selftest.load.process import (
    ALLOWS,
    MORE,
    left,
    operations,
    until_sent,
)


def refused(twin, environment=None, choices=None):
    """What is said of a load that is refused before anything is sent."""
    options = Options(
        environment=environment or str(twin.file),
        schemas=twin.contract,
        evidence=twin.suite.folder / "evidence",
        choices=choices or Choices(),
        engine="http",
        confirmed=False,
    )
    with pytest.raises(BadInputError) as refusal:
        open_target(options)
    assert "PutItem" not in operations(twin)
    return str(refusal.value)


def test_a_load_that_is_not_allowed_sends_nothing(twin, load):
    """An environment without load in its allows is left alone: bad input, in words."""
    result = load(allows=["read", "data"], locustfile="tests/perf").result()
    assert result.status == 4
    assert 'adds "load" to allows' in result.output
    assert "Traceback" not in result.output
    assert "PutItem" not in operations(twin)
    assert not result.evidence.exists()


def test_prod_is_loaded_only_if_its_owner_allows_it(twin, load):
    """The shipped file does not, and nothing is sent; a file that does is obeyed."""
    assert 'adds "load" to allows in prod.toml' in refused(twin, "prod")
    allowed = load("--shape", "steady", judged_as="prod").result()
    assert allowed.status != 4, allowed.output
    assert "UpdateItem" in operations(twin)
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
    remarks = result.run["remarks"]
    (remark,) = [line for line in remarks if line.startswith("No load")]
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


def test_what_leaves_nothing_to_send_is_bad_input(twin, two_tables):
    """All operations left out: refused before anything is sent."""
    twin.write(allows=ALLOWS, more=MORE)
    twin.deploy_tables(two_tables)
    every = "put,update,conditional_put,get,get_strong,query,batch_get"
    choices = Choices(without=frozenset(every.split(",")))
    assert "leaves nothing to send" in refused(twin, choices=choices)


def test_another_account_is_refused_before_anything_is_sent(twin, two_tables):
    """The account is compared first, as in every run."""
    twin.write(allows=ALLOWS, more=MORE)
    twin.deploy_tables(two_tables)
    twin.write(allows=ALLOWS, more=MORE, access_key_id="555566667777")
    assert "wrong account" in refused(twin)


def test_requests_that_fail_are_an_error_wherever_it_runs(twin, load):
    """A target that refuses what it should take is told, though it proves little."""
    started = load(seconds=6)
    until_sent(twin, "UpdateItem")
    twin.fault(operation="UpdateItem", code="InternalServerError")
    result = started.result()
    assert result.status == 1, result.output
    assert {criterion for criterion, _ in result.found("ERROR")} == {"PRF-1"}
    assert left(twin) == []


def test_a_broken_baseline_stops_a_load_before_it_begins(
    twin, two_tables, tmp_path, monkeypatch
):
    """Found at its end, it would cost the evidence of the whole run."""
    twin.write(allows=["read", "load"])
    twin.deploy_tables(two_tables)
    (tmp_path / f"{twin.file.stem}.json").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(
        "conformance.locust_plugin.preflight.accepted",
        lambda name: accepted(name, tmp_path),
    )
    choices = Choices(scale=0.005, seconds=1)
    options = Options(
        str(twin.file), twin.contract, tmp_path, choices, "http", confirmed=False
    )
    with pytest.raises(BadInputError, match="is no baseline"):
        open_target(options)
    assert "PutItem" not in {call["operation"] for call in twin.calls()}
