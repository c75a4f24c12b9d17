"""The interlock refuses what the suite must never send, before it is sent."""

import socket
from dataclasses import replace

import pytest

from conformance.aws.client import AwsClients
from conformance.aws.interlock import Interlock
from conformance.aws.place_guard import PlaceGuard, check_host
from conformance.aws.recorder import Recorder
from conformance.config.environment import RestoreDestination, load_environment
from conformance.model.errors import NotAssessedError, RefusedError
from conformance.model.operations import CLASSES, class_of
from tests.selftest.own_contract import own_declared, own_environment
from tests.selftest.twin_env import REGION

ALL = ("read", "data", "backup", "sandbox", "restore", "load")
SERVICES = {service for services in CLASSES.values() for service in services}
SERVICES |= {"backup", "cloudwatch", "iam", "kms", "lambda", "s3", "sns", "sts"}


@pytest.fixture(scope="module")
def listener():
    """A port that accepts a connection in the kernel, and answers none."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def clients(listener, tmp_path_factory):
    """Clients that are allowed every class."""
    file = tmp_path_factory.mktemp("clients") / "sit.toml"
    file.write_text(
        f"""account = "815856636111"
        regions = ["{REGION}"]
        table_name = "{{name}}-sit"
        allows = {list(ALL)}
        endpoint_url = "http://127.0.0.1:{listener.getsockname()[1]}"
        """,
        encoding="utf-8",
    )
    environment = load_environment(str(file))
    return AwsClients(environment, own_declared(environment).tables, Recorder())


def _nothing_was_sent(listener):
    with pytest.raises(BlockingIOError):
        listener.accept()


def _listed(service):
    return {
        operation
        for services in CLASSES.values()
        for operation in services.get(service, ())
    }


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_what_is_not_listed_is_refused(clients, listener, service):
    """Every operation of the service's model is refused unless a class lists it."""
    client = clients.client(service, REGION, "write")
    operations = client.meta.method_to_api_mapping
    assert _listed(service) <= set(operations.values())
    unlisted = [
        name
        for name, operation in operations.items()
        if operation not in _listed(service)
    ]
    assert unlisted
    for name in unlisted:
        with pytest.raises(RefusedError, match="refused: the suite never calls it"):
            getattr(client, name)()
    _nothing_was_sent(listener)


def test_declared_tables_cannot_be_changed(clients):
    """No table but a drill's own is created, changed or deleted."""
    client = clients.client("dynamodb", REGION, "write")
    for name in ("create_table", "update_table", "delete_table", "tag_resource"):
        with pytest.raises(RefusedError):
            getattr(client, name)(TableName="users-sit")


def test_a_paginator_passes_the_same_clients(clients, listener):
    """What is paged is refused like what is not."""
    client = clients.client("dynamodb", REGION, "write")
    with pytest.raises(RefusedError):
        list(client.get_paginator("list_bulk_operations").paginate())
    _nothing_was_sent(listener)


SIT = own_environment("sit")
FILES = "AWSLogs/815856636111/CloudTrail/"
GROUP = f"arn:aws:logs:{REGION}:815856636111:log-group:trails/sit:*"
TRAILS = {"trailList": [{"S3BucketName": "trail", "CloudWatchLogsLogGroupArn": GROUP}]}
OURS = {"S": "conformance-suite-0001"}
THEIRS = {"S": "tenant-4711"}
USERS, ORDERS = "users-sit", "orders-sit"
KEY, FOREIGN = (
    {"tenant_id": partition, "user_id": OURS} for partition in (OURS, THEIRS)
)
VALUE = {":partition": THEIRS}
QUERY = {
    "TableName": USERS,
    "IndexName": "UsersByEmail",
    "KeyConditionExpression": "email = :partition",
}
BOTH = [{"Put": {"TableName": USERS, "Item": KEY}}]
BOTH += [{"Put": {"TableName": ORDERS, "Item": {"order_id": THEIRS}}}]
BAD = {
    "foreign item": ("put_item", {"TableName": USERS, "Item": FOREIGN}),
    "foreign key deleted": ("delete_item", {"TableName": USERS, "Key": FOREIGN}),
    "foreign key updated": ("update_item", {"TableName": USERS, "Key": FOREIGN}),
    "foreign key read": ("get_item", {"TableName": USERS, "Key": FOREIGN}),
    "our sort key alone": (
        "delete_item",
        {"TableName": USERS, "Key": {"tenant_id": THEIRS, "user_id": OURS}},
    ),
    "our name inside": (
        "delete_item",
        {"TableName": ORDERS, "Key": {"order_id": {"S": "x-conformance-suite-0001"}}},
    ),
    "foreign table": ("put_item", {"TableName": "payments-sit", "Item": KEY}),
    "another environment": ("put_item", {"TableName": "users-prod", "Item": KEY}),
    "table by ARN": (
        "put_item",
        {
            "TableName": f"arn:aws:dynamodb:{REGION}:815856636111:table/{USERS}",
            "Item": KEY,
        },
    ),
    "foreign query": ("query", QUERY | {"ExpressionAttributeValues": VALUE}),
    "query by another name": (
        "query",
        QUERY
        | {
            "KeyConditionExpression": "email = :email",
            "ExpressionAttributeValues": {":email": OURS},
        },
    ),
    "query of a placeholder that it does not use": (
        "query",
        QUERY
        | {
            "KeyConditionExpression": "email = :email",
            "ExpressionAttributeValues": {":email": THEIRS, ":partition": OURS},
        },
    ),
    "query by legacy conditions": (
        "query",
        {
            "TableName": USERS,
            "KeyConditions": {
                "tenant_id": {
                    "AttributeValueList": [THEIRS],
                    "ComparisonOperator": "EQ",
                }
            },
        },
    ),
    "one foreign key of a transaction": (
        "transact_write_items",
        {"TransactItems": BOTH},
    ),
    "foreign table in a transaction": (
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "payments-sit", "Item": KEY}}]},
    ),
    "one foreign key of a batch": (
        "batch_get_item",
        {"RequestItems": {USERS: {"Keys": [KEY, FOREIGN]}}},
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_foreign_data_is_out_of_reach(clients, listener, what):
    """A data request for what is not ours is refused, and says what was refused."""
    method, parameters = BAD[what]
    client = clients.client("dynamodb", REGION, "write")
    with pytest.raises(RefusedError, match=r"dynamodb:\w+ refused"):
        getattr(client, method)(**parameters)
    _nothing_was_sent(listener)


@pytest.mark.parametrize(
    "key",
    [
        "customers.csv",
        "AWSLogs/815856636111/vpcflowlogs/eu-west-1/one.gz",
        "AWSLogs/111122223333/CloudTrail/eu-west-1/one.json.gz",
        "xAWSLogs/815856636111/CloudTrail/eu-west-1/one.json.gz",
    ],
)
def test_of_s3_only_files_of_our_trails_are_read(clients, listener, key):
    """A bucket may hold anything else, and its owner need not think of the suite."""
    interlock = Interlock(clients.environment, {})
    interlock.answered("cloudtrail", "DescribeTrails", {}, TRAILS)
    read = {"GetObject": {"Key": key}, "ListObjectsV2": {"Prefix": key}}
    for operation, named in read.items():
        with pytest.raises(RefusedError, match="is no file of CloudTrail about"):
            interlock.check("s3", operation, named | {"Bucket": "trail"}, REGION)
    client = clients.client("s3", REGION)
    with pytest.raises(RefusedError, match="is the bucket of no trail"):
        client.get_object(Bucket="any", Key=f"{FILES}one.json.gz")
    _nothing_was_sent(listener)


def test_our_own_buckets_may_be_listed(clients):
    """The list bears no bucket, and says whose the trail's is."""
    interlock = Interlock(clients.environment, {})
    assert interlock.check("s3", "ListBuckets", {}, REGION) is None


def test_files_and_logs_of_trails_are_read(clients):
    """Buckets and log groups count that a description of trails has named."""
    interlock = Interlock(clients.environment, {})
    file = {"Bucket": "trail", "Key": f"{FILES}one.json.gz"}
    asked = [
        ("s3", "GetObject", file),
        ("logs", "FilterLogEvents", {"logGroupName": "trails/sit"}),
    ]
    for request in asked:
        with pytest.raises(RefusedError, match="this run has read"):
            interlock.check(*request, REGION)
    interlock.answered("cloudtrail", "DescribeTrails", {}, TRAILS)
    for request in asked:
        assert interlock.check(*request, REGION) is None
    with pytest.raises(RefusedError, match="is the log group of no trail"):
        interlock.check("logs", "FilterLogEvents", {"logGroupName": "sit"}, REGION)


STREAM = f"arn:aws:dynamodb:{REGION}:815856636111:table/{{}}/stream/2026-01-01"
LATEST = {"ShardId": "1", "ShardIteratorType": "LATEST"}


def test_streams_of_declared_tables_are_read_by_their_iterators(clients):
    """An iterator is opaque: it counts if AWS gave it for a stream of ours."""
    interlock = Interlock(clients.environment, own_declared(SIT).tables)
    service, read = "dynamodbstreams", ("GetRecords", {"ShardIterator": "one"})
    for table in ("users-sit", "payroll"):
        request = ("GetShardIterator", LATEST | {"StreamArn": STREAM.format(table)})
        if table == "users-sit":
            assert interlock.check(service, *request, REGION) is None
        else:
            with pytest.raises(RefusedError, match="'payroll' is not a declared"):
                interlock.check(service, *request, REGION)
    with pytest.raises(RefusedError, match="AWS did not give to this run"):
        interlock.check(service, *read, REGION)
    interlock.answered(service, "GetShardIterator", {}, {"ShardIterator": "one"})
    assert interlock.check(service, *read, REGION) is None


ELSEWHERE = {
    "another region": ("us-east-1", {}),
    "a table of another region": (
        REGION,
        {"ResourceArn": "arn:aws:dynamodb:us-east-1:815856636111:table/users-sit"},
    ),
    "a table of another account": (
        REGION,
        {"ResourceArn": f"arn:aws:dynamodb:{REGION}:111122223333:table/users-sit"},
    ),
    "a role of another account": (
        REGION,
        {"IamRoleArn": "arn:aws:iam::111122223333:role/restore"},
    ),
    "a key of another account, deep inside": (
        REGION,
        {"Metadata": {"key": f"arn:aws:kms:{REGION}:111122223333:key/1"}},
    ),
    "no account at all": (REGION, {"BackupArn": "arn:aws:s3:::bucket"}),
    "no ARN": (REGION, {"BackupArn": "arn:aws"}),
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_changes_stay_in_the_environments_places(where):
    """Region and every ARN are compared, however deep they stand."""
    region, parameters = ELSEWHERE[where]
    with pytest.raises(RefusedError, match="backup:StartBackupJob refused"):
        PlaceGuard(SIT).check("backup:StartBackupJob", parameters, region)


def test_arns_in_items_and_of_the_restores_destination_pass():
    """What an item holds is acted on by nobody; copies go where they are declared."""
    into = RestoreDestination("111122223333", "eu-central-1", "vault")
    guard = PlaceGuard(replace(SIT, restore_into=into))
    vault = "arn:aws:backup:eu-central-1:111122223333:backup-vault:vault"
    guard.check("backup:StartCopyJob", {"DestinationBackupVaultArn": vault}, REGION)
    item = {"Item": {"owner": {"S": "arn:aws:iam::999999999999:user/x"}}}
    guard.check("dynamodb:PutItem", item, REGION)


HOSTS = {
    "https://dynamodb.eu-west-1.amazonaws.com/": True,
    "https://815856636111.ddb.eu-west-1.amazonaws.com/": True,
    "https://streams.dynamodb.eu-west-1.amazonaws.com/": True,
    "https://111122223333.ddb.eu-west-1.amazonaws.com/": False,
    "https://dynamodb.us-east-1.amazonaws.com/": False,
    "http://dynamodb.eu-west-1.amazonaws.com/": False,
    "https://dynamodb.eu-west-1.amazonaws.com:8443/": False,
    "https://dynamodb.eu-west-1.amazonaws.com.example.com/": False,
    "https://example.com/dynamodb.eu-west-1.amazonaws.com": False,
}


@pytest.mark.parametrize("url", HOSTS)
def test_a_request_goes_to_the_host_of_its_client(url):
    """Another host, port or scheme is refused as the request leaves."""
    endpoint = "https://dynamodb.eu-west-1.amazonaws.com"
    if HOSTS[url]:
        check_host(url, endpoint, "815856636111")
    else:
        with pytest.raises(RefusedError, match="it would go to"):
            check_host(url, endpoint, "815856636111")


def test_a_bucket_of_another_region_is_followed():
    """S3 itself sends the request on."""
    check_host(
        "https://trail.s3.eu-central-1.amazonaws.com/key",
        "https://s3.eu-west-1.amazonaws.com",
        "815856636111",
    )


def test_nothing_goes_around_the_interlock(clients, listener):
    """A request that is built by hand, or sent elsewhere by a handler, is refused."""
    client = clients.client("dynamodb", REGION, "write")
    model = client.meta.service_model.operation_model("DeleteTable")
    parts = {"url_path": "/", "query_string": "", "method": "POST", "body": b"{}"}
    by_hand = parts | {"headers": {}, "context": {"client_region": REGION}}
    by_hand |= {"url": client.meta.endpoint_url}
    with pytest.raises(RefusedError, match="it went around the interlock"):
        client._endpoint.make_request(model, by_hand)  # noqa: SLF001 -- the attack

    def redirected(params, **_):
        params["url"] = "http://127.0.0.2:9/"

    client.meta.events.register("before-call.dynamodb.PutItem", redirected)
    with pytest.raises(RefusedError, match=r"it would go to http://127\.0\.0\.2"):
        client.put_item(TableName=USERS, Item=KEY)
    client.meta.events.unregister("before-call.dynamodb.PutItem", redirected)
    _nothing_was_sent(listener)


def test_what_is_listed_and_ours_is_sent(twin):
    """The positive control: the same clients let our own request pass."""
    twin.write(allows=list(ALL))
    environment = load_environment(str(twin.file))
    recorder = Recorder()
    clients = AwsClients(environment, own_declared(environment).tables, recorder)
    client = clients.client("dynamodb", REGION, "write")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.put_item(TableName=twin.table("users"), Item=KEY)
    assert [request.operation for request in recorder.drain()] == ["PutItem"]
    assert [call["operation"] for call in twin.calls()] == ["PutItem"]


@pytest.mark.parametrize("name", sorted(set(CLASSES) - {"read"}))
def test_a_class_that_is_not_allowed_is_not_sent(listener, twin, name):
    """An operation of a class that the environment does not allow is not sent."""
    twin.write(
        allows=["read"], endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}"
    )
    environment = load_environment(str(twin.file))
    clients = AwsClients(environment, own_declared(environment).tables, Recorder())
    for service, operations in CLASSES[name].items():
        client = clients.client(service, REGION, "write")
        methods = {
            value: name for name, value in client.meta.method_to_api_mapping.items()
        }
        for operation in operations:
            first = class_of(service, operation)  # some are listed in two classes
            with pytest.raises(NotAssessedError, match=f'adds "{first}" to allows'):
                getattr(client, methods[operation])()
    _nothing_was_sent(listener)


def test_the_shell_does_not_redirect_clients(monkeypatch):
    """Endpoint variables of the shell are ignored: SIT stays SIT."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    environment = own_environment("sit")
    clients = AwsClients(environment, own_declared(environment).tables, Recorder())
    assert (
        clients.endpoint("dynamodb", REGION)
        == f"https://dynamodb.{REGION}.amazonaws.com"
    )
