"""A run becomes the baseline only if it is whole, and held the declared load."""

import json

import pytest

from conformance.__main__ import main
from conformance.config.baselines import accepted
from conformance.model.errors import BadInputError
from conformance.model.finding import Finding, Outcome
from conformance.run.run_folder import Run
from tests.selftest.own_contract import own_inputs

MEASURED = {
    "orders": {"put": {"p50": 4.0, "p95": 9.0, "p99": 20.0}},
    "users": {"get": {"p50": 3.0, "p95": 8.0, "p99": 19.0}},
}
HELD = {"orders": Outcome.PASS, "users": Outcome.PASS}
BAD_INPUT = 4


@pytest.fixture
def left(tmp_path):
    """Leave a sealed folder like a load run's."""
    inputs = own_inputs("sit")

    def leave(held=HELD, measured=MEASURED, *, complete=True):
        run = Run(inputs, tmp_path / "evidence")
        for name, outcome in held.items():
            test = f"perf::PRF-1[{name}]"
            run.add_finding(Finding("PRF-1", test, name, "", outcome, ""))
        if not complete:
            run.add_note("The run was interrupted.", complete=False)
        if measured is not None:
            document = {"schema": 1, "latencies_ms": measured}
            (run.folder / "baseline.json").write_text(
                json.dumps(document), encoding="utf-8"
            )
        run.end()
        run.seal()
        return run.folder

    return leave


@pytest.fixture
def accept(tmp_path):
    """Run the command; its status."""
    output = ["--output", str(tmp_path / "baselines")]
    return lambda folder: main(["accept-baseline", str(folder), *output])


def test_what_is_accepted_is_what_the_next_run_reads(left, accept, tmp_path, capsys):
    """The file names its run, and holds its latencies."""
    folder = left()
    assert accept(folder) == 0
    assert accepted("sit", tmp_path / "baselines") == MEASURED
    document = json.loads(
        (tmp_path / "baselines" / "sit.json").read_text(encoding="utf-8")
    )
    assert document["run"] == folder.name
    assert len(document["ledger_sha256"]) == 64
    assert "commit it" in capsys.readouterr().out


def test_a_table_without_a_load_is_in_no_ones_way(left, accept):
    """It was not measured, so that nothing is compared with it."""
    assert accept(left(HELD | {"tenants": Outcome.NOT_ASSESSED})) == 0


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({"held": HELD | {"users": Outcome.FAIL}}, "(PRF-1) of users"),
        ({"held": HELD | {"users": Outcome.WAIVED}}, "(PRF-1) of users"),
        ({"held": {"orders": Outcome.PASS}}, "(PRF-1) of users"),
        ({"measured": {}}, "(PRF-1) of any table"),
        ({"complete": False}, "The run was interrupted"),
        ({"measured": None}, "is no load run"),
    ],
)
def test_nothing_else_becomes_the_baseline(left, accept, capsys, run, said):
    """Refused with a reason, and nothing is said of a file."""
    assert accept(left(**run)) == BAD_INPUT
    told = capsys.readouterr()
    assert said in told.err
    assert "baseline :" not in told.out


def test_a_folder_that_was_changed_is_refused(left, accept, capsys):
    """Its hashes tell."""
    folder = left()
    (folder / "baseline.json").write_text(
        json.dumps({"latencies_ms": MEASURED}), encoding="utf-8"
    )
    assert accept(folder) == BAD_INPUT
    assert "is no evidence" in capsys.readouterr().err


def test_a_broken_baseline_is_named_with_its_cure(tmp_path):
    """None was accepted yet is another thing."""
    assert accepted("sit", tmp_path) is None
    (tmp_path / "sit.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInputError, match="accept-baseline RUN_FOLDER"):
        accepted("sit", tmp_path)
