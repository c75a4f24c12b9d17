"""The list of DynamoDB's actions holds whatever botocore can ask DynamoDB for."""

import json

import botocore.session
import pytest

from conformance.config.file_reader import PROMOTION
from conformance.model.iam.dynamodb_actions import EVERY, ON_ITEMS, kind_of

BY_OTHER_ACTIONS = {
    "BatchExecuteStatement",
    "ExecuteStatement",
    "ExecuteTransaction",
    "TransactGetItems",
    "TransactWriteItems",
}
"""IAM knows them by the actions on single items."""
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-sit"


@pytest.mark.parametrize("service", ["dynamodb", "dynamodbstreams"])
def test_every_operation_is_a_known_action(service):
    """A newer botocore may bring operations that are to be added."""
    model = botocore.session.get_session().get_service_model(service)
    assert set(model.operation_names) - BY_OTHER_ACTIONS - EVERY == set()


def test_a_declaration_may_name_every_action():
    """The schema of the surroundings lists them for editors."""
    schema = json.loads((PROMOTION / "surroundings.schema.json").read_text("utf-8"))
    services = schema["properties"]["services"]["additionalProperties"]
    table = services["properties"]["tables"]["additionalProperties"]
    assert set(table["properties"]["operations"]["items"]["enum"]) == EVERY
    tenants = schema["properties"]["fine_grained"]["additionalProperties"]
    named = set(tenants["properties"]["operations"]["items"]["enum"])
    assert named <= ON_ITEMS


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (TABLE, "table"),
        (f"{TABLE}/index/ByDate", "index"),
        (f"{TABLE}/stream/2026-01-01T00:00:00.000", "stream"),
        (f"{TABLE}/backup/0176", "backup"),
        ("*", ""),
        ("arn:aws:backup:eu-west-1:111122223333:recovery-point:1", ""),
    ],
)
def test_resources_have_the_kind_of_their_part(arn, kind):
    """A stream's label has colons, too."""
    assert kind_of(arn) == kind
