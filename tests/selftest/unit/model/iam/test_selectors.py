"""The data events that the selectors of a trail record."""

import pytest

from conformance.model.iam.selectors import not_understood, recorded

OWN = "111122223333"
TABLE = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders-sit"


def basic(*values, kind="All", of="AWS::DynamoDB::Table"):
    resources = [{"Type": of, "Values": list(values)}]
    return {"EventSelectors": [{"ReadWriteType": kind, "DataResources": resources}]}


def advanced(**fields):
    selectors = [
        {"Field": field.replace("__", "."), **tests} for field, tests in fields.items()
    ]
    return {"AdvancedEventSelectors": [{"FieldSelectors": selectors}]}


DATA = {"Equals": ["Data"]}
OF_TABLES = {"Equals": ["AWS::DynamoDB::Table"]}


@pytest.mark.parametrize(
    ("selectors", "kinds"),
    [
        (basic(TABLE), {"read", "write"}),
        (basic("arn:aws:dynamodb"), {"read", "write"}),
        (basic(TABLE, kind="WriteOnly"), {"write"}),
        (basic(f"{TABLE}-old"), set()),
        (basic(TABLE[:-4]), set()),
        (basic("arn:aws:s3", of="AWS::S3::Object"), set()),
        ({"EventSelectors": [{"IncludeManagementEvents": True}]}, set()),
        (advanced(eventCategory=DATA, resources__type=OF_TABLES), {"read", "write"}),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                readOnly={"Equals": ["false"]},
            ),
            {"write"},
        ),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                resources__ARN={"StartsWith": [TABLE[:-4]]},
            ),
            {"read", "write"},
        ),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                resources__ARN={"NotEquals": [TABLE]},
            ),
            set(),
        ),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                eventName={"Equals": ["DeleteItem"]},
            ),
            set(),
        ),
        (advanced(eventCategory={"Equals": ["Management"]}), set()),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                eventSource={"Equals": ["dynamodb.amazonaws.com"]},
                eventName={"NotEquals": ["ListStreams", "DescribeStream"]},
                eventType={"Equals": ["AwsApiCall"]},
            ),
            {"read", "write"},
        ),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                eventName={"NotEquals": ["Scan"]},
            ),
            {"write"},
        ),
        (
            advanced(
                eventCategory=DATA,
                resources__type=OF_TABLES,
                userIdentity__arn={"NotEquals": ["arn:aws:iam::1:role/x"]},
            ),
            set(),
        ),
        (basic(TABLE, kind="Sometimes"), set()),
    ],
)
def test_data_events_are_those_that_selectors_name(selectors, kinds):
    """CloudTrail records reads and writes of a table only where selectors cover it."""
    assert recorded(selectors, TABLE) == kinds


def test_selectors_that_are_not_understood_are_named():
    """Those of other resources are of no concern."""
    narrowed = {
        "eventCategory": DATA,
        "resources__type": OF_TABLES,
        "userIdentity__arn": {"NotEquals": ["arn:aws:iam::1:role/x"]},
    }
    assert not_understood(advanced(**narrowed), TABLE) == {"userIdentity.arn"}
    buckets = narrowed | {"resources__type": {"Equals": ["AWS::S3::Object"]}}
    assert not_understood(advanced(**buckets), TABLE) == frozenset()
    assert not_understood(basic(TABLE, kind="Sometimes"), TABLE) == {"Sometimes"}
    assert not_understood(basic(TABLE), TABLE) == frozenset()


def test_selectors_together_record_what_none_records_alone():
    """A trail has many selectors, and each event needs one of them."""
    halves = [
        advanced(
            eventCategory=DATA, resources__type=OF_TABLES, readOnly={"Equals": [value]}
        )["AdvancedEventSelectors"]
        for value in ("true", "false")
    ]
    both = {"AdvancedEventSelectors": [*halves[0], *halves[1]]}
    assert recorded(both, TABLE) == {"read", "write"}
