"""Each criterion of a load run has broken twins, which trip it and nothing else.

The engine sends to a small server that is wrong in one way; what was measured is judged
by targets that fit a small load.
"""

import copy
import time
from dataclasses import replace

import pytest
from botocore.httpsession import get_cert_path

from conformance.declared import load_declared
from conformance.environment import load_environment
from conformance.load.bodies import Bodies
from conformance.load.endpoint import Endpoint
from conformance.load.engine import EPOCH, Engine, Work
from conformance.load.judgement import Judge
from conformance.load.plan import USERS, Choices, planned
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Transport
from conformance.load.verdicts import Around, Counted, Scan
from tests.selftest.loadserver import OK, LoadServer, refusal, serving

PUBLIC = get_cert_path(verify=True)
TABLE = "tenants"
INDEX = "TenantsByOrganization"
SECONDS = {"warm_up": 0.2, "ramp": 4, "steady": 6, "spike": 0.5}
SLOW_MS = 2000
DECLARED = load_declared(load_environment("sit"))
SCAN = Scan(1, 20, 0.1, 5.0, 4096, 4096, 0.14)
QUIET = {(TABLE, ""): 0.0, (TABLE, INDEX): 0.0}
BASELINE = {
    TABLE: {
        f"{kind}": {"p50": 5e3, "p95": 5e3, "p99": 5e3}
        for kind in ("get", "put", "update", f"query {INDEX}")
    }
}
AROUND = Around(Counted(QUIET), BASELINE, {TABLE: SCAN})


def _declared():
    """One table, 160 requests a second, and targets that a busy machine meets."""
    load = DECLARED.load
    tenants = replace(
        load.tables[TABLE],
        writes_per_s=80,
        reads_per_s=80,
        writes={"put": 50, "update": 50},
        reads={"get": 50, "query": 50},
    )
    small = replace(
        load,
        writes_per_s=80,
        reads_per_s=80,
        seconds=SECONDS,
        items=20,
        connections=64,
        timeout_ms=1500,
        each_second_percent=0,
        silence_s=0.9,
        send_lag_ms=1000,
        tables={TABLE: tenants},
    )
    targets = dict.fromkeys(DECLARED.targets, SLOW_MS)
    return replace(
        DECLARED,
        load=small,
        tables={TABLE: DECLARED.tables[TABLE]},
        targets=DECLARED.targets | targets,
    )


class Twin:
    """One load on one server, and what is said of it."""

    def __init__(self, **server):
        """Make it, conforming unless the server is wrong."""
        self.server = LoadServer(**server)
        self.declared = _declared()
        self.begin = 0.0
        self.sleep = time.sleep

    def run(self):
        """Load the server by the plan."""
        plan = planned(self.declared.load, Choices())
        bodies = {
            name: Bodies(table, f"{name}-x", plan.load.tables[name], plan.load.items)
            for name, table in self.declared.tables.items()
        }
        with serving(self.server) as server:
            signer = Signer(Credentials("AK", "secret"), "eu-west-1", "host")
            endpoint = Endpoint(server.url, "eu-west-1", PUBLIC, 1500, 64)
            transport = Transport(endpoint, signer, self.sleep)
            work = Work(self.declared, plan, bodies)
            engine = Engine(work, transport)
            self.begin = engine.begin = time.time() + 0.05
            self._plan_users(engine, plan)
            engine.run()
            transport.close()
        self.measured, self.plan = engine.meter, plan
        return self

    @staticmethod
    def _plan_users(engine, plan):
        """What locust does by users, at once: the rate of every 50 ms."""
        at = 0.0
        start = engine.begin - EPOCH
        while (share := plan.share_at(at)) is not None:
            rate = plan.load.per_s * round(USERS * share) / USERS
            engine._arrivals.change(start + at, rate)  # noqa: SLF001 -- the whole plan at once
            at += 0.05
        engine._arrivals.close(start + plan.seconds)  # noqa: SLF001 -- the same

    def said(self, around=AROUND, **declared):
        """Every criterion and subject with its outcome."""
        judged = replace(self.declared, **declared)
        judge = Judge(self.measured, self.plan, judged, self.begin)
        return {(it.criterion, it.subject): it for it in judge.decide(around)}

    def not_passed(self, around=AROUND, **declared):
        """What is not PASS."""
        said = self.said(around, **declared)
        return {key: it.outcome for key, it in said.items() if it.outcome != "PASS"}


@pytest.fixture(scope="module")
def good():
    """The twin that nothing is wrong with."""
    return Twin().run()


def test_a_load_that_is_held_passes_everything(good):
    """Seven criteria of one table, two of its index."""
    assert good.not_passed() == {}
    assert len(good.said()) == 8


def test_a_rate_that_is_not_reached_fails_prf_1():
    """Some requests of one kind get no answer but an error."""

    def answer(operation, number, _body):
        broken = operation == "UpdateItem" and number % 3 == 0
        return refusal("InternalServerError", 500) if broken else OK

    twin = Twin(answer=answer).run()
    assert twin.not_passed() == {("PRF-1", TABLE): "FAIL"}
    assert "InternalServerError" in twin.said()["PRF-1", TABLE].reason


def _silence(begin, end):
    """Answer nothing between two moments after the first request."""
    first = []

    def delay(now):
        first[:] = first or [now]
        passed = now - first[0]
        return end - passed if begin <= passed < end else 0.0

    return delay


def test_one_second_of_silence_fails_prf_1():
    """Every request is answered in the end, and the sum is right: not the second."""
    twin = Twin(delay=_silence(8.0, 9.1)).run()
    assert twin.not_passed() == {("PRF-1", TABLE): "FAIL"}
    assert "no answer for" in twin.said()["PRF-1", TABLE].reason


def _throttling(operations, phase_share, **reason):
    answer = refusal("ThrottlingException", **reason)

    def throttle(operation, number, _body):
        hit = operation in operations and phase_share(number)
        return answer if hit else OK

    return throttle


def test_throttles_on_one_index_fail_prf_2_there_alone():
    """The table is not throttled, its index is: so little that the rate holds."""
    arn = f"arn:aws:dynamodb:eu-west-1:1:table/tenants-sit/index/{INDEX}"
    reasons = [{"reason": "IndexWriteKeyRangeThroughputExceeded", "resource": arn}]
    once = []

    def few(number):
        if number > 900 and len(once) < 1:
            once.append(number)
            return True
        return False

    server = _throttling({"PutItem"}, few, throttlingReasons=reasons)
    twin = Twin(answer=server)
    twin.declared = replace(
        twin.declared, load=replace(twin.declared.load, achieved_percent=99.0)
    )
    twin.run()
    assert twin.not_passed() == {("PRF-2", f"{TABLE}/{INDEX}"): "FAIL"}
    said = twin.said()["PRF-2", f"{TABLE}/{INDEX}"]
    assert said.numbers["reasons"] == {"IndexWriteKeyRangeThroughputExceeded": 1}
    assert "IndexWriteKeyRange" in said.reason


def test_throttles_that_cloudwatch_alone_has_seen_fail_prf_2(good):
    """Client and CloudWatch must agree."""
    events = QUIET | {(TABLE, INDEX): 3.0}
    reasons = {(TABLE, INDEX): {"WriteKeyRangeThroughput": 3.0}}
    around = replace(AROUND, counted=Counted(events, reasons))
    assert good.not_passed(around) == {("PRF-2", f"{TABLE}/{INDEX}"): "FAIL"}
    said = good.said(around)["PRF-2", f"{TABLE}/{INDEX}"]
    assert "do not agree" in said.reason
    assert "(3 of WriteKeyRangeThroughput)" in said.reason


def test_no_word_of_cloudwatch_leaves_prf_2_open(good):
    """Our own count is half of the evidence."""
    around = replace(AROUND, counted=Counted(missing="nothing has arrived"))
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


def test_without_a_target_latency_is_not_assessed(good):
    """There is no default."""
    targets = dict(good.declared.targets)
    del targets["load_write_p95_ms"]
    assert good.not_passed(targets=targets) == {("PRF-3", TABLE): "NOT_ASSESSED"}


def test_throttles_in_the_ramp_fail_prf_5_alone():
    """It says at which rate they began."""
    arn = "arn:aws:dynamodb:eu-west-1:1:table/tenants-sit"
    reasons = [{"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": arn}]
    server = _throttling(
        {"PutItem"}, lambda number: 100 < number < 180, throttlingReasons=reasons
    )
    twin = Twin(answer=server).run()
    assert twin.not_passed() == {("PRF-5", TABLE): "FAIL"}
    assert "throttling began at" in twin.said()["PRF-5", TABLE].reason


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
    plan, good.plan = good.plan, replace(good.plan, load=late)
    try:
        outcomes = set(good.not_passed().items())
        reasons = {it.reason for it in good.said().values() if it.criterion != "PRF-7"}
    finally:
        good.plan = plan
    assert {outcome for _, outcome in outcomes} == {"NOT_ASSESSED"}
    assert {criterion for (criterion, _), _ in outcomes} == {
        f"PRF-{n}" for n in range(1, 7)
    }
    assert all("the generator itself was late" in it for it in reasons)


def test_a_generator_that_stands_still_decides_nothing_but_scans():
    """Two seconds of its own silence are no silence of the service."""
    twin = Twin()
    stalled = []

    def stall(seconds):
        if not stalled and time.time() > twin.begin + 8:
            stalled.append(seconds)
            time.sleep(2.0)
        time.sleep(seconds)

    twin.sleep = stall
    twin.run()
    assert stalled
    assert set(twin.not_passed().values()) == {"NOT_ASSESSED"}
    assert twin.measured.dropped["steady", TABLE, "late"] > 0
    said = twin.said()
    assert {it.criterion for it in said.values() if it.outcome == "PASS"} == {"PRF-7"}
    assert "the generator itself was late" in said["PRF-1", TABLE].reason


def test_a_throttled_request_was_throttled_however_late_it_was(good):
    """Of all criteria PRF-2 alone fails where the generator was late, too."""
    events = Counted(QUIET | {(TABLE, INDEX): 3.0})
    late = replace(good.declared.load, send_lag_ms=0.0)
    plan, good.plan = good.plan, replace(good.plan, load=late)
    try:
        found = good.not_passed(replace(AROUND, counted=events))
    finally:
        good.plan = plan
    failed = {key for key, outcome in found.items() if outcome == "FAIL"}
    assert failed == {("PRF-2", f"{TABLE}/{INDEX}")}


def test_requests_that_no_connection_could_take_fail_prf_1():
    """They were due and not sent, which is the service's doing."""
    twin = Twin(delay=_silence(6.0, 9.5)).run()
    said = twin.said()["PRF-1", TABLE]
    assert said.outcome == "FAIL"
    assert said.numbers["dropped_waiting"] > 0
    assert said.numbers["dropped_late"] == 0


def test_less_than_the_declared_load_decides_nothing(good):
    """A trial shows what it measured, and proves none of it."""
    plan, good.plan = good.plan, replace(good.plan, deviations=("a trial",))
    try:
        said = good.said()
    finally:
        good.plan = plan
    told = {it.outcome for key, it in said.items() if key[0] != "PRF-7"}
    assert told == {"NOT_ASSESSED"}
    assert (
        "not the declared load: a trial. Measured: PASS" in said["PRF-1", TABLE].reason
    )
