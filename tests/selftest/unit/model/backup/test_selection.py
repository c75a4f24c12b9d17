"""Selections and trust, from the AWS Backup API and the IAM User Guide."""

import pytest

from conformance.model.backup.selection import coverage, needs_tags

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-sit"
TAGS = {"Backup": "hourly", "Team": "bbws"}


def covers(tags=TAGS, **members):
    return coverage({"SelectionName": "one", **members}, ARN, tags)


def listed(*pairs):
    return [
        {"ConditionType": "STRINGEQUALS", "ConditionKey": k, "ConditionValue": v}
        for k, v in pairs
    ]


def conditions(operator, *pairs):
    return {
        operator: [
            {"ConditionKey": f"aws:ResourceTag/{k}", "ConditionValue": v}
            for k, v in pairs
        ]
    }


PREFIX = ARN.removesuffix("orders-sit")
COVERED = {
    "its ARN": {"Resources": [PREFIX + "users-sit", ARN]},
    "everything": {"Resources": ["*"]},
    "every table": {"Resources": ["arn:aws:dynamodb:*:*:table/*"]},
    "a prefix": {"Resources": [PREFIX + "orders*"]},
    "either of two tags": {"ListOfTags": listed(("Backup", "daily"), ("Team", "bbws"))},
    "a tag under its long name": {
        "ListOfTags": listed(("aws:ResourceTag/Backup", "hourly"))
    },
    "a tag although no ARN fits": {
        "Resources": [PREFIX + "users-sit"],
        "ListOfTags": listed(("Backup", "hourly")),
    },
    "all of two conditions": {
        "Resources": ["*"],
        "Conditions": conditions("StringEquals", ("Backup", "hourly"))
        | conditions("StringLike", ("Team", "bb*")),
    },
    "a condition on a tag that it lacks": {
        "Resources": ["*"],
        "Conditions": conditions("StringNotEquals", ("Keep", "no")),
    },
    "empty members": {
        "Resources": ["*"],
        "NotResources": [],
        "ListOfTags": [],
        "Conditions": {"StringEquals": []},
    },
}


@pytest.mark.parametrize("what", COVERED)
def test_a_selection_covers_what_it_names(what):
    """Resources and ListOfTags are alternatives; NotResources and Conditions narrow."""
    assert covers(**COVERED[what]).covered


NOT_COVERED = {
    "nothing": ({}, "names nothing"),
    "the table of another region": (
        {"Resources": [ARN.replace("eu-west-1", "af-south-1")]},
        "no ARN",
    ),
    "a table whose name is a prefix": ({"Resources": [PREFIX + "orders"]}, "no ARN"),
    "a question mark, which is no wildcard": (
        {"Resources": [PREFIX + "orders-si?"]},
        "no ARN",
    ),
    "another value of the tag": (
        {"ListOfTags": listed(("Backup", "daily"))},
        "tag Backup is hourly, not daily",
    ),
    "another spelling of the value": (
        {"ListOfTags": listed(("Backup", "Hourly"))},
        "tag Backup is hourly, not Hourly",
    ),
    "another spelling of the key": (
        {"ListOfTags": listed(("backup", "hourly"))},
        "tag backup is missing",
    ),
    "excluded by its ARN": (
        {"Resources": ["*"], "NotResources": [ARN]},
        "NotResources",
    ),
    "excluded by a pattern, in spite of its tag": (
        {
            "ListOfTags": listed(("Backup", "hourly")),
            "NotResources": [PREFIX + "or*"],
        },
        "NotResources",
    ),
    "one of two conditions fails": (
        {
            "Resources": ["*"],
            "Conditions": conditions(
                "StringEquals", ("Backup", "hourly"), ("Team", "other")
            ),
        },
        "StringEquals Team other: it is bbws",
    ),
    "a condition on a tag that it lacks": (
        {"Resources": ["*"], "Conditions": conditions("StringLike", ("Keep", "*"))},
        "it is missing",
    ),
    "a negated condition that its value meets": (
        {"Resources": [ARN], "Conditions": conditions("StringNotLike", ("Team", "b*"))},
        "StringNotLike Team b*: it is bbws",
    ),
}


@pytest.mark.parametrize("what", NOT_COVERED)
def test_a_selection_says_why_it_does_not_cover(what):
    """What is not covered is told with the member that leaves it out."""
    members, reason = NOT_COVERED[what]
    found = covers(**members)
    assert not found.covered
    assert reason in found.because


@pytest.mark.parametrize(
    "members",
    [
        {"ListOfTags": [listed(("a", "b"))[0] | {"ConditionType": "STRINGLIKE"}]},
        {"Resources": ["*"], "Conditions": {"NumericEquals": []}},
    ],
)
def test_an_unknown_operator_is_not_guessed(members):
    """An operator that AWS does not document is an error."""
    with pytest.raises(ValueError, match=r"STRINGLIKE|NumericEquals"):
        covers(**members)


def test_tags_are_asked_for_only_where_they_count():
    """A selection by ARN does not rest on tags."""
    assert not needs_tags({"Resources": ["*"], "Conditions": {"StringEquals": []}})
    assert needs_tags({"ListOfTags": listed(("a", "b"))})
    assert needs_tags({"Conditions": conditions("StringLike", ("a", "b"))})
