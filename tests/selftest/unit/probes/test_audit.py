"""The records of this run's requests, wherever a trail delivers them."""

import json
from types import SimpleNamespace

import pytest

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.aws.recorder import Recorder
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.probes import audit as audit_module
from conformance.probes.audit import Audit

OWN, CALLER = "111122223333", "arn:aws:iam::111122223333:user/deployer"


class Clients:
    """Clients that answer with what the test says."""

    environment = SimpleNamespace(account=OWN)

    def __init__(self, **answers):
        """Keep the answers by operation; an exception is raised."""
        self.answers = answers
        self.recorder = Recorder()
        self.asked = []

    def ask(self, *request, **_):
        """Answer the operation, or raise what the test says."""
        self.asked.append(request[-1])
        answer = self.answers.get(request[-1], {})
        if isinstance(answer, Exception):
            raise answer
        return answer


class Trails:
    """A trail with a bucket and a log group."""

    region = "eu-west-1"

    def log_groups(self, _):
        """No log group."""
        return iter(())

    def buckets(self, _):
        """One bucket."""
        return iter([("eu-west-1", "logs-of-all", "")])


def events(*records):
    texts = [{"CloudTrailEvent": json.dumps(record)} for record in records]
    return Members({"Events": [Members(text) for text in texts]})


@pytest.fixture
def request_ids(monkeypatch):
    """Let each request of the suite have the id `ours`."""

    class Collected:
        """A collection of one observation."""

        def __enter__(self):
            """Return it."""
            return [SimpleNamespace(request_id="ours")]

        def __exit__(self, *_):
            """Do nothing more."""

    monkeypatch.setattr(audit_module, "collecting", Collected)


@pytest.mark.usefixtures("request_ids")
def test_records_without_a_request_id_are_of_others():
    """CloudTrail documents requestID as optional: such a record is none of ours."""
    ours = {"requestID": "ours", "userIdentity": {"arn": CALLER}}
    clients = Clients(LookupEvents=events({"eventType": "AwsServiceEvent"}, ours))
    assert Audit(clients, Trails(), 0).of_management() == CALLER


@pytest.mark.usefixtures("request_ids")
def test_a_record_that_names_nobody_is_not_the_callers():
    """A record of ours without an identity is found, and names nobody."""
    clients = Clients(LookupEvents=events({"requestID": "ours", "userIdentity": {}}))
    assert Audit(clients, Trails(), 0).of_management() == "nobody by ARN"


@pytest.mark.usefixtures("request_ids")
def test_the_first_look_is_at_once_and_the_next_one_later(monkeypatch):
    """LookupEvents has two requests a second for everybody in the account."""
    waited = []
    monkeypatch.setattr(
        audit_module, "wait_for", lambda ask, _, *times: waited.append(times) or ask()
    )
    ours = {"requestID": "ours", "userIdentity": {"arn": CALLER}}
    clients = Clients(LookupEvents=events(ours))
    Audit(clients, Trails(), 900).of_management()
    assert waited == [(900, 12.0, 12.0)]


ITEMS = SimpleNamespace(
    deployed=SimpleNamespace(description={"TableArn": "arn"}),
    item=dict,
    put=lambda _: None,
)
DENIED = AwsError("s3:ListObjectsV2 in eu-west-1: AccessDenied: no", "AccessDenied")


@pytest.mark.usefixtures("request_ids")
def test_a_bucket_of_another_account_is_not_assessed():
    """What may not be read there says nothing about the trail."""
    clients = Clients(ListObjectsV2=DENIED, ListBuckets={"Buckets": []})
    with pytest.raises(NotAssessedError, match="logs-of-all is another account's"):
        Audit(clients, Trails(), 0).of_items(ITEMS, "bucket")


@pytest.mark.usefixtures("request_ids")
def test_an_own_bucket_that_is_denied_is_an_error():
    """The suite lacks a right in its own account."""
    buckets = {"Buckets": [{"Name": "logs-of-all"}]}
    clients = Clients(ListObjectsV2=DENIED, ListBuckets=buckets)
    with pytest.raises(UnreadableError, match="AccessDenied"):
        Audit(clients, Trails(), 0).of_items(ITEMS, "bucket")
