"""Selections and trust, from the AWS Backup API and the IAM User Guide."""

import pytest

from conformance.model.backup.selection import coverage, needs_tags
from conformance.model.errors import NotUnderstoodError

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-sit"
TAGS = {"Backup": "hourly", "Team": "bbws"}


def covers(*, opted_in=True, **members):
    selection = {"SelectionName": "one", **members}
    return coverage(selection, ARN, TAGS, opted_in=opted_in)


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
    "everything, as nothing is named": {},
    "everything that its conditions leave": {
        "Conditions": conditions("StringEquals", ("Backup", "hourly"))
    },
    "everything that NotResources leaves": {"NotResources": [PREFIX + "users*"]},
    "every table of the account": {
        "Resources": ["arn:aws:dynamodb:eu-west-1:111122223333:*"]
    },
    "the service": {"Resources": ["arn:aws:dynamodb:*"]},
    "a prefix in any account": {
        "Resources": ["arn:aws:dynamodb:eu-west-1:*:table/orders*"]
    },
    "a suffix, beside its ARN": {"Resources": [PREFIX + "*-sit", ARN]},
    "an exclusion of another table by its suffix": {
        "Resources": ["*"],
        "NotResources": [PREFIX + "*-dev"],
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
    "a suffix": ({"Resources": [PREFIX + "*-sit"]}, "only at the end of an ARN"),
    "a suffix, whatever stands behind": (
        {"Resources": [PREFIX + "*-sit*"]},
        "only at the end of an ARN",
    ),
    "a suffix in all regions": (
        {"Resources": ["arn:aws:dynamodb:*:*:table/*-sit"]},
        "only at the end of an ARN",
    ),
    "a suffix of other tables": ({"Resources": [PREFIX + "*-dev"]}, "no ARN"),
    "everything but what a condition excludes": (
        {"Conditions": conditions("StringNotEquals", ("Backup", "hourly"))},
        "it is hourly",
    ),
    "everything but the table": ({"NotResources": [ARN]}, "NotResources"),
    "a type of another service": (
        {"Resources": ["arn:aws:ec2:*:*:volume/*"]},
        "no ARN",
    ),
    "no ARN, under a condition that is not understood": (
        {
            "Resources": [PREFIX + "users-sit"],
            "Conditions": {
                "StringEquals": [{"ConditionKey": "Team", "ConditionValue": "bbws"}]
            },
        },
        "no ARN",
    ),
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


def bare(operator, key, value):
    return {operator: [{"ConditionKey": key, "ConditionValue": value}]}


NOT_UNDERSTOOD = {
    "STRINGLIKE in ListOfTags": (
        {"ListOfTags": [listed(("a", "b"))[0] | {"ConditionType": "STRINGLIKE"}]},
        "STRINGLIKE",
    ),
    "another operator of Conditions": (
        {"Resources": ["*"], "Conditions": bare("NumericEquals", "a", "1")},
        "NumericEquals",
    ),
    "a condition without the prefix": (
        {"Resources": ["*"], "Conditions": bare("StringEquals", "Team", "bbws")},
        "without aws:ResourceTag/, such as Team",
    ),
    "a negated condition without the prefix": (
        {"Resources": [ARN], "Conditions": bare("StringNotEquals", "Team", "other")},
        "without aws:ResourceTag/, such as Team",
    ),
    "a suffix that is excluded": (
        {"Resources": ["*"], "NotResources": [PREFIX + "*-sit"]},
        "only at the end of an ARN",
    ),
    "a name in all regions": (
        {"Resources": ["arn:aws:dynamodb:*:*:table/orders-sit"]},
        "does not document",
    ),
    "a part of a region": (
        {"Resources": ["arn:aws:dynamodb:eu-*:*:table/*"]},
        "does not document",
    ),
    "an ARN without region and account": (
        {"Resources": ["arn:aws:dynamodb:::table/*"]},
        "does not document",
    ),
    "a member of a later day": (
        {"Resources": ["*"], "ResourceTypes": ["Aurora"]},
        "ResourceTypes",
    ),
}


@pytest.mark.parametrize("what", NOT_UNDERSTOOD)
def test_what_aws_does_not_document_is_not_guessed(what):
    """A selection that would cover the table by a guess covers it for nobody."""
    members, reason = NOT_UNDERSTOOD[what]
    with pytest.raises(NotUnderstoodError, match=reason):
        covers(**members)


NAMING_TABLES = {
    "its ARN": {"Resources": [ARN]},
    "every table": {"Resources": ["arn:aws:dynamodb:*:*:table/*"]},
    "a prefix beside a tag": {
        "Resources": [PREFIX + "or*"],
        "ListOfTags": listed(("Backup", "daily")),
    },
}
NAMING_NO_TYPE = {
    "everything": {"Resources": ["*"]},
    "the service": {"Resources": ["arn:aws:dynamodb:*"]},
    "a tag": {"ListOfTags": listed(("Backup", "hourly"))},
    "a tag beside other tables": {
        "Resources": [PREFIX + "users*"],
        "ListOfTags": listed(("Backup", "hourly")),
    },
    "nothing": {},
    "conditions": {"Conditions": conditions("StringEquals", ("Team", "bbws"))},
}


@pytest.mark.parametrize("what", NAMING_TABLES)
def test_a_table_that_an_arn_names_needs_no_opt_in(what):
    """The region's opt-in does not count for a type that is named."""
    assert covers(opted_in=False, **NAMING_TABLES[what]).covered


@pytest.mark.parametrize("what", NAMING_NO_TYPE)
def test_a_table_that_no_arn_names_needs_the_opt_in(what):
    """Everything, the service and tags find only resources of opted-in types."""
    members = NAMING_NO_TYPE[what]
    assert covers(**members).covered
    found = covers(opted_in=False, **members)
    assert not found.covered
    assert "not opted in" in found.because


def test_tags_are_asked_for_only_where_they_count():
    """A selection by ARN does not rest on tags."""
    assert not needs_tags({"Resources": ["*"], "Conditions": {"StringEquals": []}})
    assert needs_tags({"ListOfTags": listed(("a", "b"))})
    assert needs_tags({"Conditions": conditions("StringLike", ("a", "b"))})
