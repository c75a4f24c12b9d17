import pytest


@pytest.mark.criterion("ENC-4")
def test_endpoint_accepts_current_tls(tls, measurements):
    """
    The endpoint MUST accept TLS 1.2 and TLS 1.3, with a certificate that verifies.

    Each version is offered alone. The certificate verifies only if a public authority
    signed it: one that this machine adds may be somebody's between us and AWS.
    """
    measurements["handshakes"] = tls.current
    assert tls.current == dict.fromkeys(tls.current, "accepted")


@pytest.mark.criterion("ENC-4")
def test_endpoint_refuses_old_tls(tls, measurements):
    """
    The endpoint MUST refuse TLS 1.1 and older.

    Where this machine cannot offer them, their refusal proves nothing, and it says so.
    """
    measurements["handshakes"] = tls.old
    assert tls.old_accepted == frozenset()


@pytest.mark.criterion("ENC-4")
def test_every_client_used_https(insecure_endpoints):
    """
    Every client of this run MUST have used https.

    AWS answers plain HTTP too; what one client sends so is readable on the way.
    """
    assert insecure_endpoints == frozenset()
