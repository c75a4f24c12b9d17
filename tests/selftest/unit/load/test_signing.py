"""The load engine's signer, against botocore's own."""

from datetime import UTC, datetime
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from hypothesis import given
from hypothesis import strategies as st

from conformance.load.signing import TARGET, Credentials, Signer

TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60
)
OPERATIONS = ["GetItem", "PutItem", "UpdateItem", "Query", "TransactWriteItems"]
HOSTS = st.sampled_from(
    ["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:8000", "x:8443"]
)
MOMENTS = st.integers(0, 4_000_000_000)


def _by_botocore(credentials, where, request, moment):
    """The authorization header that botocore gives the same request."""
    (region, host), (operation, body) = where, request
    sent = botocore.awsrequest.AWSRequest(
        "POST",
        f"https://{host}/",
        headers={"X-Amz-Target": TARGET + operation},
        data=body,
    )
    keys = botocore.credentials.Credentials(
        credentials.access_key, credentials.secret_key, credentials.token or None
    )
    now = datetime.fromtimestamp(moment, UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        botocore.auth.SigV4Auth(keys, "dynamodb", region).add_auth(sent)
    return sent.headers["Authorization"]


def _headers(head):
    """The headers of a request as it is sent, by name."""
    assert head.endswith(b"\r\n\r\n")
    first, *lines = head[:-4].decode().split("\r\n")
    assert first == "POST / HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines)
    return headers


@given(
    st.builds(Credentials, TEXT, TEXT, st.just("") | TEXT),
    st.tuples(st.sampled_from(["eu-west-1", "af-south-1"]), HOSTS),
    st.tuples(st.sampled_from(OPERATIONS), st.binary(max_size=300)),
    MOMENTS,
)
def test_the_signer_equals_botocores(keys, where, request, moment):
    """Every request is signed as botocore would sign it, session tokens included."""
    sent = _headers(Signer(keys, *where).head(*request, moment))
    assert sent["Authorization"] == _by_botocore(keys, where, request, moment)
    assert sent.get("X-Amz-Security-Token", "") == keys.token
    assert sent["Host"] == where[1]
    assert sent["Content-Length"] == str(len(request[1]))


@given(st.lists(st.tuples(st.sampled_from("ab"), MOMENTS), min_size=2, max_size=6))
def test_what_the_signer_keeps_never_goes_stale(steps):
    """New credentials and a new day count at once, whatever was derived before."""
    known = {name: Credentials(name, name * 8, name * 20) for name in "ab"}
    signer = Signer(known["a"], "eu-west-1", "host")
    for name, moment in steps:
        signer.credentials = known[name]
        head = signer.head("GetItem", b"{}", moment)
        fresh = Signer(known[name], "eu-west-1", "host")
        assert head == fresh.head("GetItem", b"{}", moment)
