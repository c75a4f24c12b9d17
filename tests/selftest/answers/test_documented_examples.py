"""The answers that AWS documents go through the readers without a Python exception."""

from dataclasses import replace

import pytest

from conformance.aws.recording import Answer
from conformance.model.operations import READ
from tests.selftest.answers.documented import (
    awscli_examples,
    of_awscli,
    of_botocore,
)
from tests.selftest.answers.notices import FAULT, Witnesses
from tests.selftest.optional_tools import give_up, needed

OPERATIONS = [
    (service, operation)
    for service, operations in sorted(READ.items())
    for operation in sorted(operations)
]
ENVIRONMENTS = ("sit", "prod")
SOURCES = {"of_botocores_package": 10, "of_awsclis_package": 30}
"""The fixtures that read them, and how many operations they have at least."""


class Documented(dict):
    """Recorded answers, and a documented one to each request that was not recorded."""

    def __init__(self, answers, examples):
        """Take the first example of each operation."""
        super().__init__(answers)
        self._examples = examples

    def __contains__(self, request):
        """Return True if there is an answer or an example."""
        return super().__contains__(request) or self._example(request)

    def __missing__(self, request):
        """Return the example."""
        return Answer(self._example(request)[0])

    def _example(self, request):
        service, _, operation, _ = request
        return self._examples.get((service, operation))


@pytest.fixture(scope="module")
def of_awsclis_package():
    """The examples of awscli by operation."""
    why = "pip install awscli"
    folder = awscli_examples(needed("aws", why))
    if folder is None:
        give_up(f"aws has no examples on this machine; {why}")
    return {
        (service, operation): of_awscli(folder, service, operation)
        for service, operation in OPERATIONS
    }


@pytest.fixture(scope="module")
def of_botocores_package():
    """The examples of botocore by operation."""
    return {
        (service, operation): of_botocore(service, operation)
        for service, operation in OPERATIONS
    }


def faults(witnesses, examples, *operations):
    """Judge each example of these operations; return what names a Python exception."""
    environment = witnesses.environment
    tests = dict.fromkeys(
        test for operation in operations for test in witnesses.of(*operation)
    )
    for number in range(max(len(examples[operation]) for operation in operations)):
        answers = dict(environment.recording.answers)
        for request in answers:
            operation = request[0], request[2]
            if operation in operations and number < len(examples[operation]):
                answers[request] = Answer(examples[operation][number])
        documented = Documented(answers, examples)
        recording = replace(environment.recording, answers=documented)
        for finding in environment.judge_tests(recording, list(tests)):
            if FAULT in finding["reason"]:
                yield number, finding["key"], finding["reason"]


def documented(examples):
    """Return the operations of which there is an example."""
    return [operation for operation, some in examples.items() if some]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_example_breaks_no_reader(request, source, name):
    """An operation at a time, with what else leads to its readers."""
    examples = request.getfixturevalue(source)
    witnesses = Witnesses(request.getfixturevalue(name))
    operations = documented(examples)
    assert len(operations) >= SOURCES[source]
    found = {
        operation: told
        for operation in operations
        if (told := list(faults(witnesses, examples, operation)))
    }
    assert found == {}


@pytest.mark.parametrize("source", SOURCES)
def test_all_examples_together_break_no_reader(request, source, prod):
    """Answers that do not fit each other are not understood; nothing breaks."""
    examples = request.getfixturevalue(source)
    found = list(faults(Witnesses(prod), examples, *documented(examples)))
    assert found == []


TEXT = """\
**To get a trail's status** ::

    aws cloudtrail get-trail-status --name Trail1

Output::

    {
        "IsLogging": true,
        "LatestDeliveryTime": 1454022144.869
    }

**As text** ::

Output::

    True
"""


def test_an_example_is_read_as_boto3_gives_it(tmp_path):
    """Times are times; what is no JSON is left out."""
    (tmp_path / "cloudtrail").mkdir()
    file = tmp_path / "cloudtrail" / "get-trail-status.rst"
    file.write_text(TEXT, encoding="utf-8")
    (answer,) = of_awscli(tmp_path, "cloudtrail", "GetTrailStatus")
    assert answer["IsLogging"] is True
    assert answer["LatestDeliveryTime"].year == 2016
    assert of_awscli(tmp_path, "cloudtrail", "DescribeTrails") == []
