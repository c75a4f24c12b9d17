"""Deploys who may do what, and who watches: roles, the trail, the network."""

import json
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.security import Deployer, FineGrained
from conformance.config.environment import Environment
from conformance.demo.deployment import Deployment

_PROVIDER = "token.actions.githubusercontent.com"
_REPLICATION = "replication.dynamodb.amazonaws.com"
_REPOSITORY = "owner/repository"
TRAIL = "account-trail"
Document = dict[str, Any]


def deploy_security(deployment: Deployment, declared: Declared) -> None:
    """Make the deploying role, tenants' roles, and a trail for all regions."""
    _deploy_deployer(deployment, declared)
    for tenancy in declared.security.fine_grained.values():
        if tenancy.table in declared.tables:
            _deploy_tenancy(deployment, tenancy)
    _deploy_trail(deployment, declared)


def make_role(
    deployment: Deployment, name: str, trust: Document, *allowed: Document
) -> str:
    """Make a role with one policy of these statements; return its ARN.

    Its name may have a path before it.
    """
    path, _, name = f"/{name}".rpartition("/")
    iam = deployment.client("iam", deployment.environment.regions[0])
    trusted = json.dumps(_document(trust))
    role = iam.create_role(
        RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=trusted
    )["Role"]
    iam.put_role_policy(
        RoleName=name,
        PolicyName="access",
        PolicyDocument=json.dumps(_document(*allowed)),
    )
    return str(role["Arn"])


def table_arns(environment: Environment, table: str, *, suffix: str = "") -> list[str]:
    """Return the ARN of a table in every region, or of a part of it by the suffix."""
    name = environment.physical(table)
    return [
        f"arn:aws:dynamodb:{region}:{environment.account}:table/{name}{suffix}"
        for region in environment.regions
    ]


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _deploy_deployer(deployment: Deployment, declared: Declared) -> None:
    environment = deployment.environment
    deployer = declared.security.deployer
    iam = deployment.client("iam", environment.regions[0])
    provider = iam.create_open_id_connect_provider(
        Url=f"https://{_PROVIDER}", ClientIDList=["sts.amazonaws.com"]
    )["OpenIDConnectProviderArn"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{_PROVIDER}:aud": "sts.amazonaws.com",
                f"{_PROVIDER}:sub": f"repo:{_REPOSITORY}:environment:"
                f"{environment.stage}",
            }
        },
    }
    tables = [
        arn for table in declared.tables for arn in table_arns(environment, table)
    ]
    make_role(
        deployment,
        deployer.role,
        trust,
        _allowed(deployer.table_actions, tables),
        _allowed(deployer.vault_actions, _vaults(environment, deployer)),
        _allowed(deployer.storage_actions, ["*"]),
        _allowed(deployer.key_actions, _keys(deployment, deployer.key_alias)),
        _on_vault_keys(environment, deployer),
        *_replication(environment, deployer, tables),
    )


def _replication(
    environment: Environment, deployer: Deployer, tables: list[str]
) -> list[Document]:
    """Return what replicas and the role that replicates need, where there are any."""
    if len(environment.regions) == 1:
        return []
    linked = (
        f"arn:aws:iam::{environment.account}:role/aws-service-role/{_REPLICATION}/*"
    )
    making = _allowed(["iam:CreateServiceLinkedRole"], [linked]) | {
        "Condition": {"StringEquals": {"iam:AWSServiceName": _REPLICATION}}
    }
    return [_allowed(deployer.replica_actions, tables), making]


def _vaults(environment: Environment, deployer: Deployer) -> list[str]:
    return [
        f"arn:aws:backup:{region}:{environment.account}:backup-vault:{deployer.vault}"
        for region in environment.regions
    ]


def _on_vault_keys(environment: Environment, deployer: Deployer) -> Document:
    """Return the grant on keys that AWS Backup uses: they are made with the vaults."""
    account, regions = environment.account, environment.regions
    keys = [f"arn:aws:kms:{region}:{account}:key/*" for region in regions]
    services = [f"backup.{region}.amazonaws.com" for region in regions]
    return _allowed(deployer.vault_key_actions, keys) | {
        "Condition": {"StringEquals": {"kms:ViaService": services}}
    }


def _keys(deployment: Deployment, alias: str) -> list[str]:
    found = []
    for region in deployment.environment.regions:
        kms = deployment.client("kms", region)
        found.append(kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    return found


def _deploy_tenancy(deployment: Deployment, tenancy: FineGrained) -> None:
    environment = deployment.environment
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{environment.account}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    actions = [f"dynamodb:{operation}" for operation in tenancy.operations]
    own_items = _allowed(actions, table_arns(environment, tenancy.table)) | {
        "Condition": {
            "ForAllValues:StringEquals": {
                "dynamodb:LeadingKeys": tenancy.leading_key.replace(
                    "{tenant}", f"${{{tenancy.tenant_key}}}"
                )
            },
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
    }
    make_role(deployment, tenancy.role, trust, own_items)


def _deploy_trail(deployment: Deployment, declared: Declared) -> None:
    """One trail of all regions, to a bucket and a log group of its own."""
    environment = deployment.environment
    account, home = environment.account, environment.regions[0]
    bucket = declared.trail_bucket or f"{TRAIL}-{account}"
    group = declared.trail_log_group or f"/aws/cloudtrail/{TRAIL}"
    deployment.client("s3", home).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": home}
    )
    deployment.client("logs", home).create_log_group(logGroupName=group)
    writer = make_role(
        deployment,
        f"{TRAIL}-delivery",
        _by_service("cloudtrail.amazonaws.com"),
        _allowed(["logs:CreateLogStream", "logs:PutLogEvents"], ["*"]),
    )
    cloudtrail = deployment.client("cloudtrail", home)
    cloudtrail.create_trail(
        Name=TRAIL,
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{home}:{account}:log-group:{group}:*",
        CloudWatchLogsRoleArn=writer,
    )
    arns = [arn for table in declared.tables for arn in table_arns(environment, table)]
    cloudtrail.put_event_selectors(
        TrailName=TRAIL,
        EventSelectors=[
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": arns}],
            }
        ],
    )
    cloudtrail.start_logging(Name=TRAIL)
    cloudtrail.get_trail_status(Name=TRAIL)  # something to deliver
    deployment.control("trail/deliver")


def _by_service(service: str) -> Document:
    """Return the trust policy of a role that a service acts as."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }


def _allowed(actions: Any, resources: list[str]) -> Document:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}
