import json
import urllib.error

import botocore.session
import pytest

from aws_standin.backup.operations import OPERATIONS


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"state": "BROKEN"}, "state must be one of"),
        ({"job": "copy", "state": "EXPIRED"}, "state must be one of"),
        ({"job": "export", "state": "FAILED"}, "job must be one of"),
        ({"state": "FAILED", "tabel": "orders"}, "no ['tabel']; known"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(control, outcome, words):
    """Only states that a kind of job can end as can be set.

    Source: botocore model, BackupJobState, CopyJobState and RestoreJobStatus.
    """
    with pytest.raises(urllib.error.HTTPError) as refusal:
        control("settings", {"backup": {"outcomes": [outcome]}})

    assert words in json.load(refusal.value)["error"]


def test_an_outcome_is_for_its_table_and_as_often_as_set(place, backup_settings):
    """A set outcome meets the jobs of the table it names, so many times.

    Source: none of AWS's; the stand-in's control API.
    """
    place.vault()
    orders, products = place.table("orders"), place.table("products")
    rule = {"account": place.account, "table": "ord*", "state": "FAILED", "times": 2}
    backup_settings(outcomes=[rule])

    states = [
        place.backup_now(arn)["State"] for arn in (products, orders, orders, orders)
    ]

    assert states == ["COMPLETED", "FAILED", "FAILED", "COMPLETED"]


def test_every_operation_served_is_one_of_aws():
    """The names of the operations are those of the service model.

    Source: botocore model, backup 2018-11-15.
    """
    model = botocore.session.get_session().get_service_model("backup")

    assert set(OPERATIONS) <= set(model.operation_names)


def test_dynamodb_is_among_the_supported_types(place):
    """GetSupportedResourceTypes names DynamoDB.

    Source: botocore model, GetSupportedResourceTypes.
    """
    found = place.backup.get_supported_resource_types()["ResourceTypes"]

    assert "DynamoDB" in found
