"""The statements of the printed policies, by class."""

import base64
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from conformance.aws.iam_policy import policy, rights, rights_elsewhere
from conformance.model import suite_keys
from conformance.model.operations import CLASSES
from conformance.model.table import Attribute, Key
from tests.selftest.own_contract import own_declared, own_environment

ALL = frozenset(CLASSES)


@pytest.fixture
def stated():
    """Return the statements of an environment by name."""

    def stated(name, allows=ALL, **changes):
        environment = replace(own_environment(name), allows=allows)
        declared = replace(own_declared(environment), **changes)
        statements = policy(environment, declared)["Statement"]
        return {statement["Sid"]: statement for statement in statements}

    return stated


def on_files(statements):
    """The statements about S3."""
    return [
        statement
        for statement in statements.values()
        if any(action.startswith("s3:") for action in statement["Action"])
    ]


def test_no_file_is_read_where_a_log_group_is_asked(stated):
    """The shipped declaration looks in CloudWatch Logs: no right on S3 is needed."""
    statements = stated("sit")
    assert on_files(statements) == []
    assert statements["ReadTrailLogGroup"]["Resource"] == [
        "arn:aws:logs:*:815856636111:log-group:/aws/cloudtrail/account-trail:*"
    ]


def test_only_files_of_cloudtrail_are_read(stated):
    """Of any bucket, what CloudTrail wrote of this account; never anything else."""
    files, listing, own = on_files(stated("sit", trail_data_events="bucket"))
    assert own["Action"] == ["s3:ListAllMyBuckets"]
    trail = "*AWSLogs/815856636111/CloudTrail/*"
    assert files["Action"] == ["s3:GetObject"]
    assert files["Resource"] == [f"arn:aws:s3:::*/{trail}"]
    assert listing["Action"] == ["s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": [trail]}}


def test_a_declared_bucket_is_the_only_one(stated):
    """The name of the bucket limits both what is listed and what is read."""
    changes = {"trail_data_events": "bucket", "trail_bucket": "logs"}
    files, listing, _ = on_files(stated("sit", **changes))
    assert files["Resource"] == ["arn:aws:s3:::logs/*AWSLogs/815856636111/CloudTrail/*"]
    assert listing["Resource"] == ["arn:aws:s3:::logs"]


def test_what_encrypts_is_decrypted_through_its_service_alone(stated):
    """Keys are of use only as DynamoDB, Lambda or S3 use them for the caller."""
    statements = stated("sit", trail_data_events="bucket")
    through = {
        name: next(iter(statement["Condition"].values()))["kms:ViaService"]
        for name, statement in statements.items()
        if any(action == "kms:Decrypt" for action in statement["Action"])
    }
    assert through == {
        "ReadVariables": ["lambda.eu-west-1.amazonaws.com"],
        "ReadTrailKeys": "s3.*.amazonaws.com",
        "DataKeys": ["dynamodb.eu-west-1.amazonaws.com"],
    }
    assert statements["RestoreKeys"]["Action"] == [
        *("kms:CreateGrant", "kms:DescribeKey", "kms:Encrypt"),
        *("kms:GenerateDataKey*", "kms:ReEncrypt*"),
    ]


@pytest.mark.parametrize("kind", ["S", "N", "B"])
@pytest.mark.parametrize("load", [False, True])
def test_the_key_pattern_of_a_type_holds_our_keys_alone(kind, load):
    """Every key that the suite makes matches the pattern, and its neighbours do not."""
    pattern = suite_keys.pattern(kind, load=load)
    make = suite_keys.load_value if load else suite_keys.key_value
    for number in (0, 1, 999, 1999):
        value = make(kind, number)[kind]
        assert fnmatchcase(on_wire(value), pattern)
    first = int(make("N", 0)["N"])
    others = {
        "S": ["", "conformance", "users-1"],
        "N": [str(first + 10**12), str(first)[:-1], f"{first}0", f"-{first}"],
        "B": [on_wire(b"conformance-suit3-1"), on_wire(b"users-1")],
    }
    assert not any(fnmatchcase(other, pattern) for other in others[kind])


def on_wire(value):
    """A key value as IAM compares it."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_probes_reach_tables_whose_key_is_of_any_type(stated, kind):
    """The condition admits our keys of the type, of a wrong type, and empty ones."""
    tables = own_declared(own_environment("sit")).tables
    key = Key(Attribute("id", kind))
    changed = {name: replace(table, key=key) for name, table in tables.items()}
    condition = stated("sit", tables=changed)["DataItems"]["Condition"]
    patterns = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    wrong = "S" if kind == "N" else "N"
    for sent in (kind, wrong):
        value = on_wire(suite_keys.key_value(sent, 7)[sent])
        assert any(fnmatchcase(value, pattern) for pattern in patterns)
    assert "" in patterns
    assert not any(fnmatchcase("users-1", pattern) for pattern in patterns)


def test_a_load_alone_reaches_its_own_items(stated):
    """Without the class data, only keys of load are allowed, and counting."""
    statements = stated("sit", frozenset({"read", "load"}))
    condition = statements["LoadItems"]["Condition"]
    assert condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] == [
        "conformance-suite-load-*"
    ]
    assert statements["LoadCounts"]["Action"] == ["dynamodb:Scan"]
    assert statements["LoadKeys"]["Action"] == ["kms:Decrypt"]


@pytest.mark.parametrize("name", ["sit", "prod", "local", "local-prod"])
def test_no_right_is_stated_twice(stated, name):
    """What one class allows, another does not repeat."""
    stating = [
        (action, resource, str(statement.get("Condition")))
        for statement in stated(name).values()
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]
    assert len(stating) == len(set(stating))


def test_several_regions_are_one_pattern_and_a_condition(stated):
    """Each table is named once, and in no other region."""
    tables = stated("prod")["ReadTables"]
    assert {arn.split(":")[3] for arn in tables["Resource"]} == {"*"}
    assert tables["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": ["af-south-1", "eu-west-1"]}
    }


def test_drills_change_what_bears_their_names_alone(stated):
    """Tables, points, vault and role are those of drills of this environment."""
    statements = stated("sit")
    table = "arn:aws:dynamodb:eu-west-1:815856636111:table/conformance-suite-*-sit-*"
    assert statements["SandboxOwnTables"]["Resource"] == [table]
    assert statements["RestorePoints"]["Condition"] == {
        "StringLike": {"aws:ResourceTag/conformance-suite": "conformance-suite-*"}
    }
    assert statements["RestoreRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}
    }
    (vault,) = statements["RestoreVault"]["Resource"]
    assert vault.endswith(":backup-vault:bbws-dynamodb-backup-vault-sit")


def test_only_functions_with_a_test_event_are_invoked(stated):
    """Without one there is no statement; with one, the function and its aliases."""
    assert "InvokeFunctions" not in stated("sit")
    environment = own_environment("sit")
    services = own_declared(environment).services
    name, service = next(iter(services.services.items()))
    triable = replace(services, services={name: replace(service, test_event={})})
    arn = f"arn:aws:lambda:eu-west-1:815856636111:function:{service.function}"
    assert stated("sit", services=triable)["InvokeFunctions"]["Resource"] == [
        arn,
        f"{arn}:*",
    ]


def test_another_account_has_a_policy_of_its_own():
    """It is for the account, region and role that copies are restored into."""
    environment = own_environment("local")
    declared = own_declared(environment)
    statements = {
        statement["Sid"]: statement
        for statement in rights_elsewhere(environment, declared)
    }
    assert statements["RestoreOwnTables"]["Resource"][0] == (
        "arn:aws:dynamodb:eu-central-1:444455556666:table/conformance-suite-*-local-*"
    )
    assert statements["RestoreRole"]["Resource"] == [
        f"arn:aws:iam::444455556666:role/{declared.backups.role}"
    ]
    assert "dynamodb:RestoreTableToPointInTime" not in str(statements)
    reading = replace(environment, allows=frozenset({"read"}))
    assert rights_elsewhere(reading, declared) == []
    assert rights_elsewhere(own_environment("local-prod"), declared) == []


def test_a_copy_in_the_same_account_is_among_its_resources():
    """Another region of the same account needs no other policy."""
    environment = own_environment("prod")
    into = replace(environment.restore_into, region="eu-central-1")
    allowing = replace(environment, allows=ALL, restore_into=into)
    found = rights(allowing, own_declared(environment))
    regions = {
        arn.split(":")[3]
        for statement in found["sandbox"]
        for arn in statement["Resource"]
    }
    assert regions == {"af-south-1", "eu-west-1", "eu-central-1"}
