"""A running stand-in and clients of it."""

import itertools
import json
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from moto.kms import models as kms

from aws_standin.server import running

QUICK = Config(
    retries={"total_max_attempts": 1, "mode": "standard"},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=64,
)
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def shared_private_key():
    """Let symmetric KMS keys share one private key, which none of them uses.

    moto makes an RSA key for each, which takes a tenth of a second, and every account
    with an encrypted table has a KMS key.
    """
    make = kms.generate_private_key
    shared = make("SYMMETRIC_DEFAULT")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            kms,
            "generate_private_key",
            lambda spec: shared if spec == "SYMMETRIC_DEFAULT" else make(spec),
        )
        yield


@pytest.fixture(scope="session")
def standin():
    """One stand-in for the whole session; tests keep apart by account or name."""
    with running() as here:
        yield here


@pytest.fixture
def account():
    """An account that no other test uses."""
    return f"{next(_numbers):012d}"


@pytest.fixture
def name():
    """A table name that no other test uses."""
    return f"table-{next(_numbers)}"


@pytest.fixture(scope="session")
def client(standin):
    """Make boto3 clients by service, region and account."""
    clients = {}
    session = boto3.session.Session()

    def make(service, region="eu-west-1", account="111122223333"):
        key = service, region, account
        if key not in clients:
            clients[key] = session.client(
                service,
                region_name=region,
                endpoint_url=standin.endpoint,
                aws_access_key_id=account,
                aws_secret_access_key="stand-in",  # noqa: S106 - nobody checks it
                config=QUICK,
            )
        return clients[key]

    return make


@pytest.fixture
def stop_clock(control):
    """Let the stand-in's time stand still at a moment; after the test it goes on."""

    def stop(moment):
        control("clock", {"now": moment.isoformat(), "stopped": True})
        return moment

    yield stop
    control("clock", {"reset": True})


@pytest.fixture(scope="session")
def control(standin):
    """Speak to the control API; without a payload it is a GET.

    Returns the JSON answer; a refusal is (status, answer).
    """

    def call(path, payload=None):
        body = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(f"{standin.endpoint}/_standin/{path}", body)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
                return json.load(response)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    return call
