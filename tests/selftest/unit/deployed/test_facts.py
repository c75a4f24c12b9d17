from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance.aws.client import Caller
from conformance.aws.recorder import Recorder
from conformance.aws.recording import Answer, Recording, request_of
from conformance.aws.replay_clients import ReplayClients
from conformance.deployed.facts import Facts
from conformance.model.errors import NotAssessedError
from conformance.model.finding import Observation
from tests.selftest.own_contract import own_environment

SEEN = Observation("main-1", "kms", "DescribeKey", "x", {}, 200, "id", "", "now", 1.5)
NOON = "2026-07-01T12:00:00+00:00"
LATER = "2026-07-01T12:00:05+00:00"


def facts(*observations):
    """Facts that hold one answer, with these observations."""
    environment = own_environment("sit")
    request = request_of("kms", "eu-west-1", "ListKeys", {})
    recording = Recording(
        environment=environment.name,
        account=environment.account,
        regions=environment.regions,
        endpoint="http://127.0.0.1:1",
        caller=Caller(environment.account, "arn"),
        contract_sha256="0",
        made_at=datetime(2030, 1, 1, tzinfo=UTC),
        answers={request: Answer({"Keys": []}, None, observations)},
    )
    clients = ReplayClients(environment, Recorder(), recording)
    return Facts(clients, recording)


def test_the_time_of_an_answer_is_that_of_aws():
    """The Date header of the last page counts, whatever the runner's clock says."""
    pages = [replace(SEEN, answered_at=date) for date in (NOON, LATER)]
    found = facts(*pages).answered_at("kms", "eu-west-1", "ListKeys")
    assert found == datetime.fromisoformat(LATER)


def test_an_answer_without_a_date_has_no_time():
    """Nothing is compared with the runner's clock instead."""
    with pytest.raises(NotAssessedError, match="no Date header"):
        facts(SEEN).answered_at("kms", "eu-west-1", "ListKeys")
