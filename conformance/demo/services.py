"""Deploys the services: their roles, their functions, and the network they run in."""

import io
import json
import zipfile
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.security import VpcEndpoint
from conformance.config.declared.services import OWN_REGION, Service, Use
from conformance.config.environment import Environment
from conformance.demo.deployment import Deployment
from conformance.demo.security import make_role, table_arns


def deploy_services(deployment: Deployment, declared: Declared) -> None:
    """Every service in the primary region, in the declared networks if there are any.

    Networks are left out where the environment says that they prove nothing: they
    would take most of the time.
    """
    networks = declared.security.vpc_endpoints.values()
    wanted = "SEC-6" not in deployment.environment.cannot_prove
    subnets = [
        _deploy_network(deployment, declared, network) for network in networks if wanted
    ]
    settings: dict[str, Any] = {"Code": {"ZipFile": _code()}}
    if subnets:
        settings["VpcConfig"] = {"SubnetIds": subnets, "SecurityGroupIds": []}
    key = _key_of_variables(deployment, declared)
    if key:
        settings["KMSKeyArn"] = key
    for service in declared.services.services.values():
        _deploy_service(deployment, service, settings)


def _key_of_variables(deployment: Deployment, declared: Declared) -> str:
    """Return the tables' key, which encrypts variables, too; empty if there is none."""
    kms = deployment.client("kms", deployment.environment.regions[0])
    keys = {
        alias["AliasName"]: alias["TargetKeyId"]
        for alias in kms.list_aliases()["Aliases"]
        if "TargetKeyId" in alias
    }
    key = keys.get(declared.security.deployer.key_alias)
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]) if key else ""


def _deploy_service(
    deployment: Deployment, service: Service, settings: dict[str, Any]
) -> None:
    environment = deployment.environment
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = [
        statement for use in service.uses for statement in _access(environment, use)
    ]
    role = make_role(deployment, service.role, trust, *allowed)
    region = environment.regions[0]
    variables = {
        use.variable: environment.physical(use.table)
        for use in service.uses
        if use.variable
    }
    if service.region_variable != OWN_REGION:  # Lambda takes no such variable
        variables[service.region_variable] = region
    client = deployment.client("lambda", region)
    client.create_function(
        FunctionName=service.function,
        Role=role,
        Runtime="python3.12",
        Handler="service.handle",
        Environment={"Variables": variables},
        **settings,
    )
    if service.qualifier not in ("", "$LATEST"):
        published = client.publish_version(FunctionName=service.function)
        client.create_alias(
            FunctionName=service.function,
            Name=service.qualifier,
            FunctionVersion=published["Version"],
        )


def _access(environment: Environment, use: Use) -> list[dict[str, Any]]:
    """Return grants of a table's operations, and of queries on the used indexes."""
    on_table = {
        "Effect": "Allow",
        "Action": [f"dynamodb:{operation}" for operation in sorted(use.operations)],
        "Resource": table_arns(environment, use.table),
    }
    on_indexes = {
        "Effect": "Allow",
        "Action": "dynamodb:Query",
        "Resource": [
            arn
            for index in sorted(use.indexes)
            for arn in table_arns(environment, use.table, suffix=f"/index/{index}")
        ],
    }
    return [on_table, on_indexes] if use.indexes else [on_table]


def _code() -> bytes:
    """Return the code of a function; the stand-in runs none."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("service.py", "def handle(event, context): return {}\n")
    return packed.getvalue()


def _deploy_network(
    deployment: Deployment, declared: Declared, endpoint: VpcEndpoint
) -> str:
    """Make a VPC whose subnet reaches DynamoDB by the endpoint; return the subnet."""
    environment = deployment.environment
    region = environment.regions[0]
    ec2 = deployment.client("ec2", region)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": endpoint.vpc}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]
    where = {"VpcId": vpc["VpcId"]}
    subnet = ec2.create_subnet(CidrBlock="10.0.1.0/24", **where)["Subnet"]["SubnetId"]
    table = ec2.create_route_table(**where)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    routing = (
        {"RouteTableIds": [table]}
        if endpoint.kind == "Gateway"
        else {"SubnetIds": [subnet], "PrivateDnsEnabled": True}
    )
    ec2.create_vpc_endpoint(
        VpcEndpointType=endpoint.kind,
        ServiceName=f"com.amazonaws.{region}.dynamodb",
        PolicyDocument=json.dumps(_through(environment, declared)),
        **where,
        **routing,
    )
    return str(subnet)


def _through(environment: Environment, declared: Declared) -> dict[str, Any]:
    """Return a policy that admits requests about the declared tables."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "dynamodb:*",
        "Resource": [
            arn
            for table in declared.tables
            for suffix in ("", "/index/*")
            for arn in table_arns(environment, table, suffix=suffix)
        ],
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
