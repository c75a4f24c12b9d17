"""A load outlives its credentials: what boto3 renews is what signs the next request."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import CredentialRetrievalError

from conformance.aws.client import AwsClients
from conformance.aws.recorder import Recorder
from conformance.config.environment import load_environment
from conformance.load.arrivals import FixedRate
from conformance.load.signing import Credentials, Signer, renew
from tests.selftest.load.engine import GET, memory_transport, steady_meter
from tests.selftest.load.memory_loop import held_clock
from tests.selftest.load.server import OK, LoadServer
from tests.selftest.own_contract import own_declared

OLD, NEW = (Credentials(name, f"{name} secret", f"{name} token") for name in "AB")
PROGRAM = """
import json, pathlib, sys
count = pathlib.Path(sys.argv[1])
number = len(count.read_text()) if count.exists() else 0
count.write_text("x" * (number + 1))
print(json.dumps({
    "Version": 1, "AccessKeyId": f"KEY{number}", "SecretAccessKey": "secret",
    "SessionToken": f"token {number}", "Expiration": sys.argv[2],
}))
"""


def test_requests_are_signed_by_what_was_renewed():
    """In the middle of a load, without a pause and without an error."""
    with held_clock() as clock:
        server = LoadServer()
        transport = memory_transport(server, clock)
        transport.signer.credentials = OLD

        def answer(_operation, number, _body):
            if number == 99:
                renew(transport.signer, lambda: NEW)
            return OK

        server.answer = answer
        meter = steady_meter()
        transport.run(FixedRate([GET] * 200, 200, clock()), meter)
        transport.close()
    assert server.signed_by == ["A"] * 100 + ["B"] * 100
    assert not meter.errors


def test_credentials_that_did_not_change_keep_the_signer_as_it_is():
    """What was derived from them is kept."""
    signer = Signer(OLD, "eu-west-1", "host")
    assert renew(signer, lambda: Credentials("A", "A secret", "A token")) == ""
    assert signer.credentials is OLD


def test_a_renewal_that_fails_ends_nothing():
    """It is told, the old ones go on, and the next attempt counts."""
    signer = Signer(OLD, "eu-west-1", "host")

    def fail():
        raise CredentialRetrievalError(provider="sso", error_msg="no answer")

    assert "could not be renewed: " in renew(signer, fail)
    assert signer.credentials == OLD
    assert renew(signer, lambda: NEW) == ""
    assert signer.credentials == NEW


@pytest.mark.parametrize(
    ("minutes", "renewed"), [(10, True), (40, False)], ids=["ends soon", "lasts"]
)
def test_clients_give_current_credentials(monkeypatch, tmp_path, minutes, renewed):
    """boto3 renews what ends within 15 minutes, whoever asks; what lasts it keeps."""
    program, count = tmp_path / "program.py", tmp_path / "count"
    program.write_text(PROGRAM, encoding="utf-8")
    ends = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    config = tmp_path / "config"
    command = f"{sys.executable} {program} {count} {ends}"
    config.write_text(
        f"[profile load]\ncredential_process = {command}\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    file = tmp_path / "sit.toml"
    file.write_text(
        """account = "815856636111"
        regions = ["eu-west-1"]
        table_name = "{name}-sit"
        profile = "load"
        allows = ["read", "load"]
        """,
        encoding="utf-8",
    )
    environment = load_environment(str(file))
    clients = AwsClients(environment, own_declared(environment).tables, Recorder())
    signer = Signer(Credentials(*clients.credentials()), "eu-west-1", "host")
    first = signer.credentials
    assert first.token.startswith("token ")
    assert renew(signer, lambda: Credentials(*clients.credentials())) == ""
    assert (signer.credentials != first) is renewed
    assert json.dumps(clients.recorder.drain()) == "[]"
