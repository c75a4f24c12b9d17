"""One load that is held, judged by what else is known and declared of it."""

import copy
from dataclasses import replace

import pytest

from conformance.load.measurements import STEADY
from conformance.load.results_view import CloudWatchThrottles
from tests.selftest.load.env import AROUND, BASELINE, INDEX, QUIET, SCAN, TABLE, Twin


@pytest.fixture(scope="module")
def good():
    """The twin that nothing is wrong with."""
    return Twin().run()


def test_a_load_that_is_held_passes_everything(good):
    """Seven criteria of one table, two of its index."""
    assert good.not_passed() == {}
    assert len(good.said()) == 8


def test_throttles_that_cloudwatch_alone_has_seen_fail_prf_2(good):
    """Client and CloudWatch must agree."""
    events = QUIET | {(TABLE, INDEX): 3.0}
    reasons = {(TABLE, INDEX): {"WriteKeyRangeThroughput": 3.0}}
    around = replace(AROUND, cloudwatch=CloudWatchThrottles(events, reasons))
    assert good.not_passed(around) == {("PRF-2", f"{TABLE}/{INDEX}"): "FAIL"}
    said = good.said(around)["PRF-2", f"{TABLE}/{INDEX}"]
    assert "do not agree" in said.reason
    assert "(3 of WriteKeyRangeThroughput)" in said.reason


def test_no_word_of_cloudwatch_leaves_prf_2_open(good):
    """Our own count is half of the evidence."""
    around = replace(
        AROUND, cloudwatch=CloudWatchThrottles(missing="nothing has arrived")
    )
    assert good.not_passed(around) == {
        ("PRF-2", TABLE): "NOT_ASSESSED",
        ("PRF-2", f"{TABLE}/{INDEX}"): "NOT_ASSESSED",
    }


def test_a_slow_table_fails_prf_3_alone(good):
    """One percentile of one kind of request is enough."""
    targets = good.declared.targets | {"load_read_p99_ms": 0.01}
    assert good.not_passed(targets=targets) == {("PRF-3", TABLE): "FAIL"}
    assert "get p99" in good.said(targets=targets)["PRF-3", TABLE].reason


def test_a_slow_index_fails_prf_4_alone(good):
    """Queries have targets of their own."""
    targets = good.declared.targets | {"load_query_p50_ms": 0.01}
    subject = ("PRF-4", f"{TABLE}/{INDEX}")
    assert good.not_passed(targets=targets) == {subject: "FAIL"}


@pytest.mark.parametrize(("which", "by_s"), [("first", 1.9), ("last", -1.9)])
def test_silence_at_either_end_of_the_steady_phase_fails_prf_1(good, which, by_s):
    """A table that answers nobody for a while has none between two answers."""
    other = copy.copy(good)
    other.measured = copy.copy(good.measured)
    times = copy.copy(good.measured.answer_times[STEADY, TABLE])
    setattr(times, which, getattr(times, which) + by_s)
    other.measured.answer_times = {(STEADY, TABLE): times}
    assert other.not_passed() == {("PRF-1", TABLE): "FAIL"}
    assert "no answer for" in other.said()["PRF-1", TABLE].reason


def test_without_a_target_latency_is_not_assessed(good):
    """There is no default."""
    targets = dict(good.declared.targets)
    del targets["load_write_p95_ms"]
    assert good.not_passed(targets=targets) == {("PRF-3", TABLE): "NOT_ASSESSED"}


def test_a_regression_fails_prf_6_alone(good):
    """One percentile that is further above the baseline than declared."""
    before = copy.deepcopy(BASELINE)
    before[TABLE]["put"]["p95"] = -10.0
    around = replace(AROUND, baseline=before)
    assert good.not_passed(around) == {("PRF-6", TABLE): "FAIL"}
    assert "put p95" in good.said(around)["PRF-6", TABLE].reason


@pytest.mark.parametrize("baseline", [None, {}], ids=["none", "of other tables"])
def test_without_a_baseline_prf_6_is_not_assessed(good, baseline):
    """The first run is stored, and compared with nothing."""
    around = replace(AROUND, baseline=baseline)
    assert good.not_passed(around) == {("PRF-6", TABLE): "NOT_ASSESSED"}
    assert good.said(around)["PRF-6", TABLE].numbers["baseline_stored"]


def test_a_scan_that_fails_is_an_error_of_prf_7(good):
    """Nothing is said of what could not be read."""
    failed = replace(SCAN, error="scan: AccessDeniedException")
    around = replace(AROUND, scans={TABLE: failed})
    assert good.not_passed(around) == {("PRF-7", TABLE): "ERROR"}


def test_a_generator_that_was_late_decides_nothing_but_scans(good):
    """What it measured is its own slowness."""
    late = replace(good.declared.load, send_lag_ms=0.0)
    schedule, good.schedule = good.schedule, replace(good.schedule, load=late)
    try:
        outcomes = set(good.not_passed().items())
        reasons = {
            finding.reason
            for finding in good.said().values()
            if finding.criterion != "PRF-7"
        }
    finally:
        good.schedule = schedule
    assert {outcome for _, outcome in outcomes} == {"NOT_ASSESSED"}
    assert {criterion for (criterion, _), _ in outcomes} == {
        f"PRF-{n}" for n in range(1, 7)
    }
    assert all("the generator itself was late" in reason for reason in reasons)


def test_a_throttled_request_was_throttled_however_late_it_was(good):
    """Of all criteria PRF-2 alone fails where the generator was late, too."""
    events = CloudWatchThrottles(QUIET | {(TABLE, INDEX): 3.0})
    late = replace(good.declared.load, send_lag_ms=0.0)
    schedule, good.schedule = good.schedule, replace(good.schedule, load=late)
    try:
        found = good.not_passed(replace(AROUND, cloudwatch=events))
    finally:
        good.schedule = schedule
    failed = {key for key, outcome in found.items() if outcome == "FAIL"}
    assert failed == {("PRF-2", f"{TABLE}/{INDEX}")}


def test_less_than_the_declared_load_decides_nothing(good):
    """A trial shows what it measured, and proves none of it."""
    schedule, good.schedule = (
        good.schedule,
        replace(good.schedule, deviations=("a trial",)),
    )
    try:
        said = good.said()
    finally:
        good.schedule = schedule
    told = {finding.outcome for key, finding in said.items() if key[0] != "PRF-7"}
    assert told == {"NOT_ASSESSED"}
    assert (
        "not the declared load: a trial. Measured: PASS" in said["PRF-1", TABLE].reason
    )
