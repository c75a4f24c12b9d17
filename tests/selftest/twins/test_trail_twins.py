"""Trails that cannot be read, or are others', beside the one that proves SEC-2."""

import copy
from datetime import timedelta

from tests.selftest.twin_env import REGION

MANAGEMENT = "999988887777"
THEIRS = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/organisation"
ARN = "TrailARN"


def beside(answers, arn, **changed):
    """List another trail beside the account's own, with this status."""
    trails = answers["DescribeTrails"]["trailList"]
    own = trails[0]
    trails.append(copy.deepcopy(own) | {ARN: arn, "Name": "other"} | changed)
    asked = {"Name": arn}
    status = copy.deepcopy(answers["GetTrailStatus"])
    answers.add("cloudtrail", REGION, "GetTrailStatus", status, **asked)
    return own


def refuse(answers, arn, operation="GetEventSelectors", **asked):
    """Let CloudTrail refuse a request about a trail."""
    asked = asked or {"TrailName": arn}
    answers.add("cloudtrail", REGION, operation, {}, **asked)
    answers.fail(operation, arn, code="CloudTrailARNInvalidException")


def test_an_organisations_trail_beside_an_own_one(sit):
    """The own trail proves everything; the other one may not be read."""
    answers = sit.answers()
    beside(answers, THEIRS, IsOrganizationTrail=True, LogFileValidationEnabled=False)
    refuse(answers, THEIRS)
    assert sit.judge(answers, "SEC-2") == {}


def test_an_organisations_trail_whose_status_is_refused(sit):
    """A trail that shows nothing at all spoils nothing either."""
    answers = sit.answers()
    trails = answers["DescribeTrails"]["trailList"]
    trails.insert(0, copy.deepcopy(trails[0]) | {ARN: THEIRS})
    refuse(answers, THEIRS, "GetTrailStatus", Name=THEIRS)
    assert sit.judge(answers, "SEC-2") == {}


def test_an_organisations_trail_alone(sit):
    """What it records of the tables is not known, and the finding says so."""
    answers = sit.answers()
    own = beside(answers, THEIRS, IsOrganizationTrail=True)
    answers["DescribeTrails"]["trailList"].remove(own)
    refuse(answers, THEIRS)
    judged = sit.judge(answers, "SEC-2")
    tables = {f"SEC-2 {name}": "NOT_ASSESSED" for name in ("campaigns", "users")}
    assert judged == {"SEC-2": "NOT_ASSESSED"} | tables
    assert MANAGEMENT in str(judged.reasons("SEC-2 users"))


def test_an_own_trail_that_is_denied_alone(sit):
    """A denial in the own account is an error."""
    answers = sit.answers()
    answers.fail("GetEventSelectors")
    judged = sit.judge(answers, "SEC-2")
    assert set(judged.values()) == {"ERROR"}


def test_an_own_trail_that_is_denied_beside_one_that_proves_it(sit):
    """Another trail of the account proves it all the same."""
    answers = sit.answers()
    other = f"arn:aws:cloudtrail:{REGION}:{sit.account}:trail/other"
    beside(answers, other)
    refuse(answers, other)
    assert sit.judge(answers, "SEC-2") == {}


def test_two_trails_of_one_name(sit):
    """Trails are told apart by their ARNs: a stopped namesake changes nothing."""
    answers = sit.answers()
    elsewhere = f"arn:aws:cloudtrail:eu-west-2:{sit.account}:trail/account-trail"
    own = answers["DescribeTrails"]["trailList"][0]
    answers["DescribeTrails"]["trailList"].append(
        copy.deepcopy(own) | {ARN: elsewhere, "HomeRegion": "eu-west-2"}
    )
    stopped = copy.deepcopy(answers["GetTrailStatus"]) | {"IsLogging": False}
    asked = {"Name": elsewhere}
    answers.add("cloudtrail", "eu-west-2", "GetTrailStatus", stopped, **asked)
    assert sit.judge(answers, "SEC-2") == {}


def vendors(answers, sit, selectors):
    """List a vendor's trail without validation, which selects these events."""
    theirs = f"arn:aws:cloudtrail:{REGION}:{sit.account}:trail/vendor"
    beside(answers, theirs, LogFileValidationEnabled=False)
    asked = {"TrailName": theirs}
    answers.add("cloudtrail", REGION, "GetEventSelectors", selectors, **asked)
    return theirs


def test_a_vendors_trail_without_validation(sit):
    """It counts only if it records the tables."""
    answers = sit.answers()
    vendors(answers, sit, {"EventSelectors": [{"IncludeManagementEvents": True}]})
    assert sit.judge(answers, "SEC-2") == {}
    everything = {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}
    answers = sit.answers()
    selectors = {"EventSelectors": [{"DataResources": [everything]}]}
    theirs = vendors(answers, sit, selectors)
    judged = sit.judge(answers, "SEC-2")
    assert judged == {"SEC-2": "FAIL"}
    assert theirs in str(judged.reasons("SEC-2"))


def test_digests_that_are_not_delivered(sit):
    """Validation without digests validates nothing."""
    answers = sit.answers()
    answers["GetTrailStatus"]["LatestDigestDeliveryError"] = "AccessDenied"
    assert sit.judge(answers, "SEC-2") == {"SEC-2": "FAIL"}


def test_a_selector_that_is_not_understood(sit):
    """A field by which callers are left out is named, where nothing else records."""
    answers = sit.answers()
    found = answers["GetEventSelectors"]
    del found["EventSelectors"]
    fields = {
        "eventCategory": {"Equals": ["Data"]},
        "resources.type": {"Equals": ["AWS::DynamoDB::Table"]},
        "userIdentity.arn": {"NotStartsWith": ["arn:aws:sts::1:assumed-role/x"]},
    }
    found["AdvancedEventSelectors"] = [
        {"FieldSelectors": [{"Field": name} | test for name, test in fields.items()]}
    ]
    judged = sit.judge(answers, "SEC-2")
    assert judged["SEC-2 users"] == "NOT_ASSESSED"
    assert "userIdentity.arn" in str(judged.reasons("SEC-2 users"))
    del found["AdvancedEventSelectors"][0]["FieldSelectors"][2]
    assert sit.judge(answers, "SEC-2") == {}


def test_an_old_delivery(sit):
    """A trail that has not delivered for long is not enough; its age is told."""
    answers = sit.answers()
    status = answers["GetTrailStatus"]
    status["LatestDeliveryTime"] -= timedelta(days=2)
    judged = sit.judge(answers, "SEC-2")
    assert judged["SEC-2"] == "FAIL, NOT_ASSESSED"
