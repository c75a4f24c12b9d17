"""A recording is the same after it was written and read again."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance.aws.client import AwsError, Caller
from conformance.aws.recording import (
    Answer,
    Recording,
    load_recording,
    request_of,
    require_new,
)
from conformance.config.environment import load_environment
from conformance.model.errors import BadInputError, NotAssessedError, UnreadableError
from conformance.model.finding import Observation

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
SEEN = Observation("main-1", "kms", "DescribeKey", "x", {}, 200, "id", "", "now", 1.5)
REQUEST = request_of("kms", "eu-west-1", "DescribeKey", {"KeyId": "k", "At": NOW})
ANSWERS = {
    "text, numbers and nothing": Answer({"A": "ü", "B": [1, 2.5, None, True]}),
    "a time": Answer({"CreationDate": NOW}),
    "bytes": Answer({"Blob": b"\x00\xff"}),
    "an error of AWS": Answer({}, AwsError("kms: Denied", "AccessDenied"), (SEEN,)),
    "no answer": Answer({}, UnreadableError("kms: timed out")),
    "no endpoint": Answer({}, NotAssessedError("names no endpoint for kms")),
}


def recording(answer, **members):
    """A recording of one answer."""
    return Recording(
        environment="local",
        account="111122223333",
        regions=("eu-west-1",),
        endpoint="http://127.0.0.1:1",
        caller=Caller("111122223333", "arn"),
        contract_sha256="0",
        made_at=NOW,
        answers={REQUEST: answer},
        **members,
    )


def said(recording):
    """Everything in a recording, errors by their type, code and text."""
    answer = recording.answers[REQUEST]
    error = answer.error
    told = error and (type(error), str(error), getattr(error, "code", ""))
    previous = recording.previous and said(recording.previous)
    rest = replace(recording, answers={}, file="", sha256="", previous=None)
    return rest, answer.value, told, answer.observations, previous


@pytest.mark.parametrize("what", ANSWERS)
def test_a_recording_comes_back_as_it_was(tmp_path, what):
    """Values keep their types; errors, their code; the previous environment is kept."""
    made = recording(ANSWERS[what], previous=recording(Answer({"A": 1})))
    made.save(tmp_path / "file")
    assert said(load_recording(tmp_path / "file")) == said(made)
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0


def test_a_request_that_was_not_made_is_named():
    """The reason is the request, in words."""
    with pytest.raises(NotAssessedError, match="kms:DescribeKey in eu-west-2"):
        recording(Answer()).answer(request_of("kms", "eu-west-2", "DescribeKey", {}))


def test_a_recording_is_of_one_environment():
    """Another name or account is refused, with both in the message."""
    local = load_environment("local")
    recording(Answer()).require(local)
    for other in (replace(local, name="sit"), replace(local, account="222233334444")):
        with pytest.raises(BadInputError, match=f"(?s){other.name}.*{other.account}"):
            recording(Answer()).require(other)


BROKEN = {
    "no JSON": ("{", "this is no recording"),
    "other JSON": ("[1]", "this is no recording"),
    "half of it": (json.dumps({"schema": 1}), "this is no recording"),
    "another schema": (json.dumps({"schema": 2}), "its schema is 2"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_is_no_recording_is_refused(tmp_path, what):
    """The message names the file and what it is not."""
    text, why = BROKEN[what]
    (tmp_path / "file").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=f"--replay .*file: {why}"):
        load_recording(tmp_path / "file")


def test_a_file_that_cannot_be_read_or_written_is_refused(tmp_path):
    """A missing file, an existing one and a folder that is not there are named."""
    with pytest.raises(BadInputError, match=r"--replay .*gone: No such file"):
        load_recording(tmp_path / "gone")
    require_new(tmp_path / "new")
    recording(Answer()).save(tmp_path / "new")
    for write in (require_new, recording(Answer()).save):
        with pytest.raises(BadInputError, match=r"--record .*new: the file exists"):
            write(tmp_path / "new")
        with pytest.raises(BadInputError, match=r"--record .*file: cannot be written"):
            write(tmp_path / "gone" / "file")
