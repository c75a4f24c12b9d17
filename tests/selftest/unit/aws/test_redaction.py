"""Secrets do not reach a recording; what is judged does."""

import pytest

from conformance.aws.redaction import HIDDEN, redacted_answer

DECLARED = {"ORDERS_TABLE"}
HIDES = {
    "another variable of a function": (
        {"Environment": {"Variables": {"DB_URL": "x", "ORDERS_TABLE": "orders"}}},
        {"Environment": {"Variables": {"DB_URL": HIDDEN, "ORDERS_TABLE": "orders"}}},
    ),
    "a field that is named like a secret": (
        {"Outer": [{"MasterUserPassword": "x", "ApiKey": "x", "ClientToken": "x"}]},
        {
            "Outer": [
                {"MasterUserPassword": HIDDEN, "ApiKey": HIDDEN, "ClientToken": HIDDEN}
            ]
        },
    ),
    "a tag that is named like a secret": (
        {"Tags": [{"Key": "db-password", "Value": "x"}]},
        {"Tags": [{"Key": "db-password", "Value": HIDDEN}]},
    ),
    "an access key in a text": (
        {"DashboardBody": '{"markdown": "key AKIAIOSFODNN7EXAMPLE, rotate"}'},
        {"DashboardBody": '{"markdown": "key …, rotate"}'},
    ),
    "a password in a URL": (
        {"Description": "postgres://admin:hunter2@db.internal"},
        {"Description": "postgres://…@db.internal"},
    ),
    "the path of a webhook": (
        {"Endpoint": "https://hooks.example.org/services/T0/B0/secret"},
        {"Endpoint": "https://hooks.example.org/…"},
    ),
    "the metadata of a response": ({"ResponseMetadata": {}, "Rest": 1}, {"Rest": 1}),
}
KEEPS = {
    "a key schema": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]},
    "the key of a table": {"KMSMasterKeyArn": "arn:aws:kms:eu-west-1:1:key/2"},
    "a tag": {"Tags": [{"Key": "Project", "Value": "bbws"}]},
    "an address": {"Endpoint": "devops@bbws.internal"},
    "a trust policy": {
        "AssumeRolePolicyDocument": {
            "Condition": {"StringLike": {"token.actions.example:sub": "repo:bbws"}}
        }
    },
}


@pytest.mark.parametrize("what", HIDES)
def test_secrets_are_hidden(what):
    """The value goes, its name stays."""
    answer, kept = HIDES[what]
    assert redacted_answer(answer, DECLARED) == kept


@pytest.mark.parametrize("what", KEEPS)
def test_what_is_judged_is_kept(what):
    """Keys, tags, addresses and policies are no secrets."""
    assert redacted_answer(KEEPS[what], DECLARED) == KEEPS[what]
