"""The criteria that notice a changed member, by judging the changed answers."""

import json
from dataclasses import asdict, dataclass, field, replace

from conformance.aws.members import output_shape
from conformance.aws.recording import Answer
from tests.selftest.answers.mutations import changes, closed, opened, spots
from tests.selftest.twins.recorded_env import ASKS_NOBODY

FAULT = "the suite itself is at fault"


@dataclass(frozen=True, order=True)
class Place:
    """A member of the answer to an operation."""

    service: str
    operation: str
    path: str

    def __str__(self):
        """Write it as the page and the data file do."""
        return f"{self.service}:{self.operation} {self.path}"


@dataclass
class Notice:
    """What the checks said to one change of one member."""

    place: Place
    kind: str
    told: str
    outcomes: dict = field(default_factory=dict)
    """The outcomes that are no PASS, by criterion."""
    faults: list = field(default_factory=list)
    """Reasons that name a Python exception."""


class Witnesses:
    """The checks of a recorded environment, by the answers that they rest on."""

    def __init__(self, environment):
        """Find out which check reads which answer."""
        self.environment = environment
        self._recording = environment.recording
        requests = {
            _key(asdict(seen)): request
            for request, answer in self._recording.answers.items()
            for seen in answer.observations
        }
        self._tests = {request: [] for request in self._recording.answers}
        self._reading = []
        for test, finding in environment.judged_conforming.items():
            if ASKS_NOBODY in finding["reason"]:
                continue
            self._reading.append(test)
            read = {
                requests[_key(seen)]
                for seen in finding["observations"]
                if _key(seen) in requests
            }
            for request in read:
                self._tests[request].append(test)

    def of(self, service, operation):
        """Return the checks that rest on an operation; all, if none is known to."""
        found = dict.fromkeys(
            test
            for request, tests in self._tests.items()
            if (request[0], request[2]) == (service, operation)
            for test in tests
        )
        return list(found or self._reading)

    def places(self):
        """Return each place, and whether an answer has the member."""
        found = {}
        for request, answer in self._answers():
            service, _, operation, _ = request
            shape = output_shape(service, operation)
            for spot in spots(opened(answer.value), shape):
                place = Place(service, operation, spot.path)
                found[place] = found.get(place, False) or spot.present
        return found

    def notices(self, place):
        """Yield what is noticed of each change of a member."""
        requests = self._holders(place)
        if not requests:
            return
        spots_of_first = self._spots_of(place, requests[0])
        alone = len(requests) == len(spots_of_first) == 1
        for number, change in enumerate(changes(spots_of_first[0])):
            notice = None
            # What no answer holds is put in wherever it can be, and once is enough.
            if spots_of_first[0].present:
                notice = self._notice(place, requests[:1], number, first=True)
            if notice is None or not (alone or notice.outcomes):
                notice = self._notice(place, requests, number, first=False)
            yield notice
            assert change.told == notice.told

    def _answers(self):
        return [
            (request, answer)
            for request, answer in sorted(self._recording.answers.items())
            if answer.error is None
        ]

    def _holders(self, place):
        """Return the requests whose answers have the member; else all that could."""
        could, have = [], []
        for request, answer in self._answers():
            if (request[0], request[2]) != (place.service, place.operation):
                continue
            found = self._spots(opened(answer.value), place)
            if found:
                could.append(request)
            if any(spot.present for spot in found):
                have.append(request)
        return have or could

    @staticmethod
    def _spots(answer, place):
        shape = output_shape(place.service, place.operation)
        found = [spot for spot in spots(answer, shape) if spot.path == place.path]
        present = [spot for spot in found if spot.present]
        return present or found

    def _spots_of(self, place, request):
        return self._spots(opened(self._recording.answers[request].value), place)

    def _notice(self, place, requests, number, *, first):
        """Make the change at the first place of an answer, or wherever it can be."""
        answers = dict(self._recording.answers)
        tests = dict.fromkeys(test for one in requests for test in self._tests[one])
        told = None
        for request in requests:
            answer = opened(answers[request].value)
            found = self._spots(answer, place)
            for spot in found[:1] if first else found:
                possible = list(changes(spot))
                if number < len(possible):
                    told = told or possible[number]
                    possible[number].make(spot)
            known = answers[request]
            answers[request] = Answer(closed(answer), None, known.observations)
        recording = replace(self._recording, answers=answers)
        if not tests:
            return Notice(place, told.kind, told.told)
        judged = self.environment.judge_tests(recording, list(tests))
        return _noticed(place, told, judged)


def _key(seen):
    """Return what tells an observation from others; not all request ids are unique."""
    parameters = json.dumps(seen["parameters"], sort_keys=True, default=str)
    return seen["request_id"], seen["operation"], seen["region"], parameters


def _noticed(place, change, findings):
    notice = Notice(place, change.kind, change.told)
    for finding in findings:
        if FAULT in finding["reason"]:
            notice.faults.append(f"{finding['key']}: {finding['reason']}")
        notice.outcomes.setdefault(finding["criterion"], set()).add(finding["outcome"])
    return notice
