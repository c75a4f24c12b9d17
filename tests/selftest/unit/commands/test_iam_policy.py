"""The command `iam-policy` prints policies, and says what they are for."""

import json

import pytest

from conformance.__main__ import main
from tests.selftest.own_contract import SCHEMAS, own_file


@pytest.fixture
def printed(capsys):
    """Run the command; what it printed, and what it said beside."""

    def printed(name, *arguments):
        files = ["--env", str(own_file(name)), "--schemas", str(SCHEMAS)]
        assert main(["iam-policy", *files, *arguments]) == 0
        captured = capsys.readouterr()
        return captured.out, captured.err

    return printed


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("prod", ["read"]),
        ("sit", ["read", "data", "backup"]),
        (
            "local",
            [
                *("read", "data", "backup", "sandbox", "restore"),
                "account-444455556666/restore",
            ],
        ),
    ],
)
def test_each_policy_is_printed_by_its_name(printed, name, documents):
    """Of another account only if copies are restored there; lengths are told beside."""
    out, err = printed(name)
    policies = json.loads(out)
    assert list(policies) == documents
    assert all(policy["Statement"] for policy in policies.values())
    assert err.count(" of 6144 characters") == len(documents)
    assert ("for a role in account 444455556666:" in err) is (name == "local")


def test_a_folder_has_what_would_be_printed(printed, tmp_path):
    """With --output nothing is printed, and each policy is a file."""
    out, _ = printed("local")
    nothing, _ = printed("local", "--output", str(tmp_path / "iam"))
    assert nothing == ""
    written = {
        str(path.relative_to(tmp_path / "iam").with_suffix("")): json.loads(
            path.read_text("utf-8")
        )
        for path in (tmp_path / "iam").rglob("*.json")
    }
    assert written == json.loads(out)
