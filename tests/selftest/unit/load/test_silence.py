"""When nobody was answered, by one process and by several."""

import pytest

from conformance.load.silence import Answers


def _heard(*moments):
    answers = Answers(moments[0], moments[0])
    for each in moments:
        answers.heard([each])
    return answers


@pytest.mark.parametrize(
    ("one", "other", "silence"),
    [
        ([0, 1, 5, 6], [0, 2, 3, 6], 3),  # what the busier of the two met
        ([0, 25, 60], [30], 30),  # one answer says nothing of the rest
        ([0, 1, 2], [20, 21], 19),  # one after the other
        ([0, 1, 30, 31], [10, 10.1], 20.9),
        ([4], [4], 0),
    ],
)
def test_processes_together_are_silent_only_where_all_are(one, other, silence):
    """The time before a process's first answer and after its last one counts."""
    for first, second in ((one, other), (other, one)):
        merged = _heard(*first)
        merged.add(_heard(*second))
        assert merged.silence == pytest.approx(silence)
        assert (merged.first, merged.last) == (min(one + other), max(one + other))


def test_a_batch_of_answers_continues_the_last_one():
    """The time between two batches counts as well."""
    answers = Answers(1.0, 1.0)
    answers.heard([1.0, 1.5])
    answers.heard([4.5, 5.0])
    assert answers == Answers(1.0, 5.0, 3.0)
