"""Deploys the declared tables, their keys and their replicas."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conformance.config.declared import Declared
from conformance.demo.deployment import Deployment
from conformance.model.table import EVENTUAL, OFF, STANDARD, Index, Table

_UNITS = 5
"""The units of a provisioned table that declares none."""


def deploy_tables(deployment: Deployment, declared: Declared) -> None:
    """Keys, tables with their indexes and settings, replicas with theirs."""
    environment = deployment.environment
    alias = declared.security.deployer.key_alias
    keys = {region: _key(deployment, region, alias) for region in environment.regions}
    primary, *replicas = environment.regions
    for table in declared.tables.values():
        create_table(deployment, table, primary, keys[primary])
    for region in replicas:
        for table in declared.tables.values():
            _replicate(deployment, table, region, keys[region])
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(
                lambda where: _settle(deployment, *where),
                [
                    (table, region)
                    for table in declared.tables.values()
                    for region in environment.regions
                ],
            )
        )


def _key(deployment: Deployment, region: str, alias: str) -> str:
    """Make a customer-managed key with rotation; return its ARN."""
    kms = deployment.client("kms", region)
    metadata = kms.create_key(Description="DynamoDB tables")["KeyMetadata"]
    kms.enable_key_rotation(KeyId=metadata["KeyId"])
    kms.create_alias(AliasName=alias, TargetKeyId=metadata["KeyId"])
    return str(metadata["Arn"])


def create_table(deployment: Deployment, table: Table, region: str, key: str) -> None:
    """One declared table with its indexes, under this KMS key."""
    attributes = {
        attribute.name: attribute.type
        for schema in (table.key, *(index.key for index in table.indexes.values()))
        for attribute in schema.attributes
    }
    definition: dict[str, Any] = {
        "TableName": deployment.environment.physical(table.name),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in attributes.items()
        ],
        "KeySchema": _key_schema(table),
        "BillingMode": table.capacity_mode,
        "Tags": _tags(table),
        "DeletionProtectionEnabled": table.deletion_protection,
    }
    if table.indexes:
        definition["GlobalSecondaryIndexes"] = [
            _index(index) for index in table.indexes.values()
        ]
    if table.stream != OFF:
        definition["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": table.stream,
        }
    if table.key_class != "AWS_OWNED":
        definition["SSESpecification"] = _sse(table, key)
    if table.table_class != STANDARD:
        definition["TableClass"] = table.table_class
    if table.capacity_mode == "PROVISIONED":
        definition["ProvisionedThroughput"] = {
            "ReadCapacityUnits": table.maximum.get("reads", _UNITS),
            "WriteCapacityUnits": table.maximum.get("writes", _UNITS),
        }
    elif table.maximum:
        definition["OnDemandThroughput"] = _maximum(table)
    client = deployment.client("dynamodb", region)
    client.create_table(**definition)


def _sse(table: Table, key: str) -> dict[str, Any]:
    if table.key_class == "AWS_MANAGED":
        return {"Enabled": True, "SSEType": "KMS"}
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}


def _replicate(deployment: Deployment, table: Table, region: str, key: str) -> None:
    name = deployment.environment.physical(table.name)
    primary = deployment.client("dynamodb", deployment.environment.regions[0])
    _wait_active(primary, name)
    create = {"RegionName": region}
    if table.key_class == "CUSTOMER_MANAGED":
        create["KMSMasterKeyId"] = key
    strong = {"MultiRegionConsistency": table.consistency}
    primary.update_table(
        TableName=name,
        ReplicaUpdates=[{"Create": create}],
        **(strong if table.consistency != EVENTUAL else {}),
    )


def _settle(deployment: Deployment, table: Table, region: str) -> None:
    """Configure a table once it exists, and every replica for itself."""
    name = deployment.environment.physical(table.name)
    client = deployment.client("dynamodb", region)
    _wait_active(client, name)
    if table.recovery_status == "ENABLED":
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={
                "PointInTimeRecoveryEnabled": True,
                "RecoveryPeriodInDays": table.recovery_days,
            },
        )
    for stream in table.kinesis_streams:
        arn = (
            f"arn:aws:kinesis:{region}:{deployment.environment.account}:stream/{stream}"
        )
        client.enable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    is_replica = region != deployment.environment.regions[0]
    if table.ttl != OFF and not is_replica:  # TTL replicates by itself
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl},
        )
    if is_replica:
        account = deployment.environment.account
        arn = f"arn:aws:dynamodb:{region}:{account}:table/{name}"
        client.tag_resource(ResourceArn=arn, Tags=_tags(table))
        client.update_table(
            TableName=name, DeletionProtectionEnabled=table.deletion_protection
        )


def _wait_active(client: Any, name: str) -> None:
    waiter = client.get_waiter("table_exists")
    waiter.wait(TableName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})


def _key_schema(of: Table | Index) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": attribute.name, "KeyType": kind}
        for attribute, kind in zip(of.key.attributes, kinds, strict=False)
    ]


def _index(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection.type}
    if index.projection.attributes:
        projection["NonKeyAttributes"] = sorted(index.projection.attributes)
    maximum = {"OnDemandThroughput": _maximum(index)} if index.maximum else {}
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index),
        "Projection": projection,
        **maximum,
    }


def _maximum(of: Table | Index) -> dict[str, int]:
    names = {"reads": "MaxReadRequestUnits", "writes": "MaxWriteRequestUnits"}
    return {names[unit]: units for unit, units in of.maximum.items()}


def _tags(table: Table) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in table.tags.items()]
