"""The sender that cross-checks by boto3 counts like the engine's own."""

import pytest

from conformance.load.answers import Answer
from conformance.load.arrivals import FixedRate
from conformance.load.measurements import STEADY, Meter
from conformance.load.transport import clock
from conformance.locust_plugin.boto3_sender import SdkSender
from tests.selftest.load.engine import EPOCH, GET, total


class Sender(SdkSender):
    """Asks nobody."""

    def __init__(self):
        """Make no client."""
        self.stopping = False

    def ask(self, _request):
        """Find what was seeded."""
        return Answer(200, b'{"Item":{}}')


def _driven(meter):
    Sender().run(FixedRate([GET] * 50, 1000, clock()), meter)


def test_all_that_was_sent_is_counted():
    """Whatever was still to be counted when the last answer came."""
    meter = Meter(EPOCH, lambda _due: STEADY)
    _driven(meter)
    assert (total(meter, "due"), total(meter, "answered")) == (50, 50)
    assert meter.latency[GET.kind].total == 50


def test_an_answer_that_cannot_be_judged_ends_the_drive():
    """A request that is left out of the counts would make the rest look whole."""
    meter = Meter(EPOCH, lambda _due: STEADY)
    judge, judged = meter.answered, []

    def answered(in_flight, answer):
        judged.append(in_flight)
        if len(judged) == 20:
            raise LookupError("a defect of ours")
        judge(in_flight, answer)

    meter.answered = answered
    with pytest.raises(LookupError, match="a defect of ours"):
        _driven(meter)
    assert 19 <= total(meter, "answered") < 50
