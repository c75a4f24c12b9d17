"""What `capture` finds and cannot write is named."""

from datetime import UTC, datetime

import pytest

from conformance.aws.members import Members
from conformance.commands.capture_remarks import remarks_on
from conformance.deployed import DeployedTable
from tests.selftest.own_contract import own_declared, own_environment

ENVIRONMENT = own_environment("prod")
HERE, THERE = ENVIRONMENT.regions
DEMANDS = own_declared(ENVIRONMENT).demands
GOOD = {
    "capacity_mode": "PAY_PER_REQUEST",
    "point_in_time_recovery": {"status": "ENABLED"},
    "encryption": "CUSTOMER_MANAGED",
    "deletion_protection": True,
}
NO_KEY = "arn:aws:kms:{}:999988887777:key/1"
DAY = datetime(2026, 7, 1, tzinfo=UTC)


class FakeFacts:
    """Facts that know one table alone."""

    environment = ENVIRONMENT

    def __init__(self, description):
        """Take what DescribeTable says beside the least."""
        least = {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }
        self._description = least | description

    def read(self, *_, **__):
        """Describe the table."""
        return Members({"Table": self._description})


def remarks(entry=None, **description):
    """The remarks on a table with this description."""
    table = DeployedTable(FakeFacts(description), HERE, "users")
    return " | ".join(remarks_on(table, entry or GOOD, DEMANDS))


def replica(**members):
    """A list of one replica, in the other region of the environment."""
    active = {"RegionName": THERE, "ReplicaStatus": "ACTIVE"}
    return {"Replicas": [active | members]}


TOLD = {
    "a replica elsewhere": (
        replica(RegionName="us-east-1"),
        "its replica in us-east-1 is in no region of the environment: ACTIVE",
    ),
    "a status nobody knows": (
        replica(RegionName="us-east-1", ReplicaStatus="DREAMING"),
        "replica in us-east-1 not understood: it is DREAMING",
    ),
    "a maximum of a replica": (
        replica(OnDemandThroughputOverride={"MaxReadRequestUnits": 7}),
        f"the maximum of a replica is not captured: reads in {THERE} 7",
    ),
    "replicas that may leave": (
        {"DisassociationProtectionEnabled": False},
        "its replicas may be taken out of the global table",
    ),
    "a key of another account that was lost": (
        {
            "SSEDescription": {
                "SSEType": "KMS",
                "Status": "ENABLED",
                "KMSMasterKeyArn": NO_KEY.format(HERE),
                "InaccessibleEncryptionDateTime": DAY,
            }
        },
        "DynamoDB has not been able to use its key since 2026-07-01 | ",
    ),
    "a witness": (
        {"GlobalTableWitnesses": [{"RegionName": "us-east-2"}]},
        "GlobalTableWitnesses is not captured: [{'RegionName': 'us-east-2'}]",
    ),
    "a member that is new": ({"Colour": "blue"}, "Colour is not captured: blue"),
}


@pytest.mark.parametrize("what", TOLD)
def test_what_a_contract_has_no_word_for_is_named(what):
    """Nothing that AWS describes is left out in silence."""
    description, remark = TOLD[what]
    assert remark in remarks(**description)


def test_an_ordinary_table_needs_no_remark():
    """What AWS shows of every table is no news."""
    usual = {
        "TableName": "users-prod",
        "TableStatus": "ACTIVE",
        "ItemCount": 3,
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "Status": "ACTIVE"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 0},
        "TableClassSummary": {"TableClass": "STANDARD"},
        **replica(),
    }
    assert remarks(**usual) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("capacity_mode", "PROVISIONED"),
        ("encryption", "AWS_OWNED"),
        ("deletion_protection", False),
        ("point_in_time_recovery", {"status": "DISABLED"}),
    ],
)
def test_what_the_plan_forbids_is_told(field, value):
    """A captured weakness is no right of the contract."""
    assert "as the promotion plan demands" in remarks(GOOD | {field: value})
