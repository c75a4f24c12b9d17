"""What an endpoint speaks is found out by handshakes with servers of our own."""

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
import warnings
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.aws.client import PUBLIC_AUTHORITIES
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.probes import tls
from conformance.probes.tls import Endpoint, can_offer, insecure
from tests.selftest.twin_env import contract

V = ssl.TLSVersion
GOOD = {"TLSv1.2": "accepted", "TLSv1.3": "accepted"}


class Authority:
    """A certificate authority for tests, and what it issues."""

    def __init__(self, folder):
        """Make its own certificate."""
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        mine = self._certificate(self._name, self._key, days=9)
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        mine = mine.add_extension(constraints, critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(_pem(mine.sign(self._key, hashes.SHA256())))

    def issue(self, name, *, address="127.0.0.1", days=9):
        """A file with key and certificate for a server at an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address(address))]
        )
        made = self._certificate(subject, key, days).add_extension(names, False)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file = self._folder / f"{name}.pem"
        file.write_bytes(private + _pem(made.sign(self._key, hashes.SHA256())))
        return file

    def _certificate(self, subject, key, days):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=30))
            .not_valid_after(now + dt.timedelta(days=days))
        )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(authority):
    """Serve handshakes with a certificate and a range of versions; the endpoint."""
    listening = []

    def serve(certificate, least=V.TLSv1_2, greatest=V.TLSv1_3, behind=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version, context.maximum_version = least, greatest
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)
        arguments = (server, context, behind)
        threading.Thread(target=_greet, args=arguments, daemon=True).start()
        port = server.getsockname()[1]
        return Endpoint(f"https://127.0.0.1:{port}", str(authority.file))

    yield serve
    for server in listening:
        server.close()


def _greet(server, context, behind):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        arguments = (connection, context, behind)
        threading.Thread(target=_serve, args=arguments, daemon=True).start()


def _serve(connection, context, behind):
    """Shake hands, and pass on to the server behind if there is one."""
    with suppress(OSError), context.wrap_socket(connection, server_side=True) as here:
        if behind is None:
            here.recv(1)
            return
        where = urlsplit(behind)
        with socket.create_connection((where.hostname, where.port)) as there:
            back = threading.Thread(target=_pump, args=(there, here), daemon=True)
            back.start()
            _pump(here, there)
            there.shutdown(socket.SHUT_WR)
            back.join(5)


def _pump(source, sink):
    with suppress(OSError):
        while octets := source.recv(65536):
            sink.sendall(octets)


def test_a_good_endpoint_is_good(serve, authority):
    """TLS 1.2 and 1.3 are accepted, older versions are not."""
    endpoint = serve(authority.issue("good"))
    assert endpoint.current == GOOD
    assert endpoint.old_accepted == frozenset()


def test_a_version_that_is_not_spoken_is_seen(serve, authority):
    """A server without TLS 1.3 does not pass for one with it."""
    endpoint = serve(authority.issue("no13"), greatest=V.TLSv1_2)
    assert endpoint.current["TLSv1.2"] == "accepted"
    assert endpoint.current["TLSv1.3"].startswith("refused")


@pytest.mark.skipif(not can_offer("TLSv1.1"), reason="this OpenSSL has no TLS 1.1")
def test_an_old_version_that_is_accepted_is_seen(serve, authority):
    """A server that still speaks TLS 1.1 is found out."""
    endpoint = serve(authority.issue("old"), least=V.TLSv1_1)
    assert endpoint.current == GOOD
    assert endpoint.old_accepted == {"TLSv1.1"}


def test_certificates_are_verified(serve, authority, tmp_path):
    """An expired certificate, another host's, and a stranger's are refused."""
    stranger = Authority(tmp_path)
    for certificate in (
        authority.issue("expired", days=-1),
        authority.issue("elsewhere", address="127.0.0.2"),
        stranger.issue("stranger"),
    ):
        answers = serve(certificate).current.values()
        assert all(answer.startswith("certificate refused") for answer in answers)


def test_refusals_of_a_broken_endpoint_say_nothing(serve, authority):
    """Where no version is accepted, refusing the old ones proves nothing."""
    endpoint = serve(authority.issue("expired2", days=-1))
    with pytest.raises(NotAssessedError, match="no current version"):
        endpoint.old  # noqa: B018 -- it raises


def test_a_version_that_cannot_be_offered_is_not_refused(serve, authority, monkeypatch):
    """Without TLS 1.1 on our side its refusal is not assessed, and named."""
    monkeypatch.setattr(tls, "can_offer", lambda version: version != "TLSv1.1")
    with pytest.raises(NotAssessedError, match=r"client cannot test TLSv1\.1"):
        serve(authority.issue("unable")).old  # noqa: B018 -- it raises


def test_nobody_there_is_an_error(authority):
    """An endpoint that does not answer is neither good nor bad."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    endpoint = Endpoint(f"https://127.0.0.1:{port}", str(authority.file))
    with pytest.raises(UnreadableError):
        endpoint.current  # noqa: B018 -- it raises


def test_plain_http_is_seen():
    """Of several addresses those without TLS are named."""
    addresses = ["https://dynamodb.eu-west-1.amazonaws.com", "http://127.0.0.1:1"]
    assert insecure(addresses) == {"http://127.0.0.1:1"}


def judged(twin, endpoint, authority):
    """A run of ENC-4 on an environment behind this endpoint."""
    twin.write(endpoint=endpoint)
    twin.contract.write_text(json.dumps(contract("campaigns")), encoding="utf-8")
    bundle = {"AWS_CA_BUNDLE": str(authority.file)}
    return twin.suite.run(*twin.arguments("-k", "ENC-4"), env=bundle)


def test_an_authority_of_this_machine_proves_nothing(twin, serve, authority):
    """Requests trust an authority that the shell names; the handshakes do not."""
    endpoint = serve(authority.issue("front"), behind=twin.standin.endpoint)
    result = judged(twin, endpoint.url, authority)
    outcomes = [finding["outcome"] for finding in result.run["findings"]]
    assert sorted(outcomes) == ["NOT_ASSESSED", "NOT_ASSESSED", "PASS"]
    assert "AWS_CA_BUNDLE" in str(result.reasons("ENC-4", "NOT_ASSESSED"))


def test_a_certificate_by_a_private_authority_is_not_assessed(serve, authority):
    """It fails where nothing on this machine explains it."""
    served = serve(authority.issue("intercepted"))
    public = Endpoint(served.url, PUBLIC_AUTHORITIES)
    assert all("certificate refused" in one for one in public.current.values())
    explained = Endpoint(served.url, PUBLIC_AUTHORITIES, "SSL_CERT_FILE")
    with pytest.raises(NotAssessedError, match="SSL_CERT_FILE: no public authority"):
        explained.current  # noqa: B018 -- it raises


def test_a_proxy_hides_what_the_endpoint_speaks(authority, monkeypatch):
    """Behind a proxy nothing is assessed, unless it is bypassed."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.internal:3128")
    endpoint = Endpoint("https://dynamodb.invalid", str(authority.file))
    with pytest.raises(NotAssessedError, match=r"the proxy proxy\.internal"):
        endpoint.current  # noqa: B018 -- it raises
    monkeypatch.setenv("NO_PROXY", "dynamodb.invalid")
    with pytest.raises(UnreadableError):
        endpoint.handshake("TLSv1.3")


def test_an_environment_without_tls_fails(twin, authority):
    """An endpoint without TLS fails every part of ENC-4."""
    result = judged(twin, twin.standin.endpoint, authority)
    assert {finding["outcome"] for finding in result.run["findings"]} == {"FAIL"}
