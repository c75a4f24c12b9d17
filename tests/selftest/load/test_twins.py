"""Loads on servers that are wrong in one way trip one criterion and nothing else."""

from dataclasses import replace

from tests.selftest.load.env import INDEX, TABLE, Twin
from tests.selftest.load.memory_loop import StallingClock
from tests.selftest.load.server import OK, refusal


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


def test_a_generator_that_stands_still_decides_nothing_but_scans():
    """Two seconds of its own silence are no silence of the service."""
    clock = StallingClock(after_s=8.0, for_s=2.0)
    twin = Twin().run(clock)
    assert clock.stalled
    assert set(twin.not_passed().values()) == {"NOT_ASSESSED"}
    assert twin.measured.dropped["steady", TABLE, "late"] > 0
    said = twin.said()
    passed = {one.criterion for one in said.values() if one.outcome == "PASS"}
    assert passed == {"PRF-7"}
    assert "the generator itself was late" in said["PRF-1", TABLE].reason


def test_requests_that_no_connection_could_take_fail_prf_1():
    """They were due and not sent, which is the service's doing."""
    twin = Twin(delay=_silence(6.0, 9.5)).run()
    said = twin.said()["PRF-1", TABLE]
    assert said.outcome == "FAIL"
    assert said.numbers["dropped_waiting"] > 0
    assert said.numbers["dropped_late"] == 0
