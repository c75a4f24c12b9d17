"""What is no policy of IAM's grammar is not understood, and not taken for harmless."""

import pytest

from conformance.model.errors import NotAssessedError
from conformance.model.iam.statements import statements

GOOD = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        {"Version": "2012-10-17"},
        {"Statement": ["text"]},
        {"Statement": [{"Action": "*"}]},
        {"Statement": [GOOD | {"Effect": "allow"}]},
        {"Statement": [GOOD | {"Principal": "111122223333"}]},
        {"Statement": [GOOD | {"NotPrincipal": ["*"]}]},
        {"Statement": [GOOD | {"Action": [None]}]},
        {"Statement": [GOOD | {"Resource": {"arn": "*"}}]},
        {"Statement": [GOOD | {"Principal": {"AWS": [5]}}]},
        {"Statement": [GOOD | {"Condition": "aws:SecureTransport"}]},
        {"Statement": [GOOD | {"Condition": {"Bool": "aws:SecureTransport"}}]},
    ],
    ids=str,
)
def test_what_is_no_policy_is_not_understood(document):
    """IAM refuses such a document; a reader that meets one says so."""
    with pytest.raises(NotAssessedError, match="policy not understood: "):
        statements(document)


def test_one_statement_needs_no_list():
    """Nor does one action, one resource or one value."""
    (statement,) = statements({"Statement": GOOD})
    assert statement.allows
    assert statement.actions == ("dynamodb:GetItem",)
