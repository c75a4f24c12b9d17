"""Which tables a plan backs up: seen by the jobs of its next run."""

import json

import pytest

TABLES = {
    "orders": {"backup": "daily", "stage": "sit"},
    "products": {"backup": "weekly", "stage": "sit"},
    "scratch": {"stage": "dev"},
    "orders-old": {},
}


@pytest.fixture
def run(place, pass_time):
    """Run a selection once over four tables and return the names it backed up."""

    def once(selection):
        for name, tags in TABLES.items():
            place.table(name, tags=tags)
        place.vault()
        place.hourly(selection)
        pass_time(3600)
        jobs = place.backup.list_backup_jobs()["BackupJobs"]
        return {job["ResourceName"] for job in jobs}

    return once


def arn(place, name):
    return f"arn:aws:dynamodb:eu-west-1:{place.account}:table/{name}"


def tag(key, value):
    return {"ConditionKey": f"aws:ResourceTag/{key}", "ConditionValue": value}


def of_list(key, value):
    return {
        "ConditionType": "STRINGEQUALS",
        "ConditionKey": key,
        "ConditionValue": value,
    }


def test_a_table_is_selected_by_its_arn(place, run):
    """An ARN in Resources selects that resource alone.

    Source: botocore model, BackupSelection.Resources.
    """
    assert run({"Resources": [arn(place, "orders")]}) == {"orders"}


def test_tables_are_selected_by_a_wildcard(place, run):
    """An asterisk at the end of an ARN selects all that begin so.

    Source: botocore model, BackupSelection.Resources (prefix pattern).
    """
    assert run({"Resources": [arn(place, "orders*")]}) == {"orders", "orders-old"}


def test_an_asterisk_elsewhere_selects_nothing(place, run):
    """Only a whole region and account may be an asterisk before the end.

    Source: botocore model, BackupSelection.Resources ("must appear at the end").
    """
    assert run({"Resources": [arn(place, "*rders"), arn(place, "or*rs*")]}) == set()


@pytest.mark.usefixtures("place")
def test_tables_of_any_region_and_account_are_selected(run):
    """The guide's examples put an asterisk for a whole region and account.

    Source: AWS Backup Developer Guide, "Assign resources with AWS CLI".
    """
    assert run({"Resources": ["arn:aws:dynamodb:*:*:table/*"]}) == set(TABLES)


@pytest.mark.usefixtures("place")
def test_a_selection_that_names_nothing_selects_everything(run):
    """Without Resources and ListOfTags, everything is meant, as Conditions narrow it.

    Source: botocore model, BackupSelection ("attempts to select all supported and
    opted-in storage resources").
    """
    conditions = {"StringEquals": [tag("stage", "sit")]}

    assert run({"Conditions": conditions}) == {"orders", "products"}


@pytest.mark.usefixtures("place")
def test_a_condition_whose_key_has_no_prefix_selects_nothing(run):
    """The key of a condition begins with aws:ResourceTag/; a bare one is no tag's.

    Source: botocore model, ConditionParameter ("Include the prefix").
    """
    bare = {"StringEquals": [{"ConditionKey": "stage", "ConditionValue": "sit"}]}

    assert run({"Resources": ["*"], "Conditions": bare}) == set()


def test_any_one_of_several_arns_selects(place, run):
    """Several ARNs are alternatives.

    Source: botocore model, BackupSelection.Resources (OR logic).
    """
    selection = {"Resources": [arn(place, "orders"), arn(place, "scratch")]}

    assert run(selection) == {"orders", "scratch"}


def test_what_not_resources_names_is_left_out(place, run):
    """NotResources excludes from what Resources selects.

    Source: botocore model, BackupSelection.NotResources.
    """
    selection = {"Resources": ["*"], "NotResources": [arn(place, "orders*")]}

    assert run(selection) == {"products", "scratch"}


@pytest.mark.usefixtures("place")
def test_any_tag_of_the_list_selects(run):
    """ListOfTags compares key and value, and any of them is enough.

    Source: botocore model, BackupSelection.ListOfTags (StringEquals, OR logic).
    """
    tags = [of_list("backup", "daily"), of_list("stage", "dev")]

    assert run({"ListOfTags": tags}) == {"orders", "scratch"}


@pytest.mark.usefixtures("place")
def test_a_tag_with_another_value_does_not_select(run):
    """The key alone selects nothing, and values are case-sensitive.

    Source: botocore model, BackupSelection.ListOfTags.
    """
    assert run({"ListOfTags": [of_list("backup", "Daily")]}) == set()


@pytest.mark.usefixtures("place")
def test_all_conditions_must_hold(run):
    """Conditions are combined by AND.

    Source: botocore model, BackupSelection.Conditions.
    """
    conditions = {
        "StringEquals": [tag("stage", "sit")],
        "StringLike": [tag("backup", "*ly")],
        "StringNotEquals": [tag("backup", "weekly")],
    }

    assert run({"Resources": ["*"], "Conditions": conditions}) == {"orders"}


@pytest.mark.usefixtures("place")
def test_a_negated_condition_excludes_what_matches(run):
    """StringNotLike leaves out the values that match its pattern.

    Source: botocore model, Conditions.StringNotLike.
    """
    conditions = {"StringNotLike": [tag("stage", "s*")]}

    selected = run({"Resources": ["*"], "Conditions": conditions})

    assert selected == {"scratch", "orders-old"}


def test_tags_alone_respect_the_opt_in(place, run):
    """With DynamoDB opted out, an assignment by tags alone backs up nothing.

    Source: botocore model, UpdateRegionSettings.ResourceTypeOptInPreference.
    """
    place.backup.update_region_settings(ResourceTypeOptInPreference={"DynamoDB": False})

    assert run({"ListOfTags": [of_list("stage", "sit")]}) == set()


def test_a_type_that_is_named_is_backed_up_in_spite_of_the_opt_in(place, run):
    """A resource type that is explicitly assigned is included though not opted in.

    Source: botocore model, UpdateRegionSettings.ResourceTypeOptInPreference.
    """
    place.backup.update_region_settings(ResourceTypeOptInPreference={"DynamoDB": False})

    assert run({"Resources": [arn(place, "orders")]}) == {"orders"}


def test_everything_respects_the_opt_in(place, run):
    """With DynamoDB opted out, everything and the service name no table.

    Source: AWS Backup Developer Guide, "Assign resources with AWS CLI" ("Selection by
    service name").
    """
    place.backup.update_region_settings(ResourceTypeOptInPreference={"DynamoDB": False})

    assert run({"Resources": ["*", "arn:aws:dynamodb:*"]}) == set()


def test_a_selection_is_resolved_when_the_plan_runs(place, run, pass_time):
    """A table that is tagged later is backed up by the next run.

    Source: AWS Backup Developer Guide, "Assign resources to a backup plan".
    """
    assert run({"ListOfTags": [of_list("backup", "daily")]}) == {"orders"}

    place.dynamodb.tag_resource(
        ResourceArn=arn(place, "scratch"), Tags=[{"Key": "backup", "Value": "daily"}]
    )
    pass_time(3600)

    jobs = place.backup.list_backup_jobs()["BackupJobs"]
    assert sorted(job["ResourceName"] for job in jobs) == [
        "orders",
        "orders",
        "scratch",
    ]


def test_a_role_that_can_no_longer_be_assumed_fails_the_jobs(place, run, pass_time):
    """When the role stops trusting AWS Backup, the jobs of the next run fail.

    Source: AWS Backup Developer Guide, "IAM service roles".
    """
    run({"Resources": [arn(place, "orders")]})

    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    place.iam.update_assume_role_policy(RoleName="backup-role", PolicyDocument=policy)
    pass_time(3600)

    failed = place.backup.list_backup_jobs(ByState="FAILED")["BackupJobs"]
    assert [job["ResourceName"] for job in failed] == ["orders"]
    assert "cannot be assumed" in failed[0]["StatusMessage"]
