"""Environments with tables, roles, trail and functions, and nothing else."""

import json

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo.deployment import Deployment
from conformance.demo.security import deploy_security
from conformance.demo.services import deploy_services
from conformance.demo.tables import deploy_tables
from tests.selftest.twin_env import REGION, Twin, contract

SERVICES = ("campaigns_lambda", "order_lambda", "product_lambda")


class Secured(Twin):
    """An environment with tables, roles, trail and functions, and nothing else."""

    def deploy(self, declared=None):
        """Make what the checks of this area read."""
        self.contract.write_text(json.dumps(declared or contract()), encoding="utf-8")
        environment = load_environment(str(self.file))
        self.declared = load_declared(environment, self.contract)
        deployment = Deployment(environment, self.standin.endpoint)
        deploy_tables(deployment, self.declared)
        self._deploy_key_of_vault()
        deploy_security(deployment, self.declared)
        deploy_services(deployment, self.declared)

    def _deploy_key_of_vault(self):
        """Make the key under which the deploying role would create the vault."""
        kms = self.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=self.declared.backups.key_alias, TargetKeyId=key)

    def write(self, record_s=20, **keys):
        """Write the environment's file; records of a call come within seconds here."""
        super().write(more=f"[targets]\ntrail_record_s = {record_s}", **keys)

    def arn(self, table, part=""):
        """The ARN of a table, or of what is in it."""
        name = self.table(table)
        return f"arn:aws:dynamodb:{REGION}:{self.account}:table/{name}{part}"

    def role(self, name):
        """The name of a role of this environment."""
        return f"{name}-{self.account}"

    def allow(self, role, actions, resources, effect="Allow", **more):
        """Add a statement to a role, as an inline policy of its own."""
        statement = {"Effect": effect, "Action": actions, "Resource": resources}
        self.client("iam").put_role_policy(
            RoleName=self.role(role),
            PolicyName="more",
            PolicyDocument=document(statement | more),
        )

    def share(self, resource, principal, **condition):
        """Attach a resource policy to a table or stream."""
        statement = {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "dynamodb:GetItem",
            "Resource": resource,
        }
        if condition:
            statement["Condition"] = condition
        self.client("dynamodb").put_resource_policy(
            ResourceArn=resource, Policy=document(statement)
        )

    def function(self, name, **changed):
        """Change variables of a function."""
        client = self.client("lambda")
        found = client.get_function_configuration(FunctionName=name)["Environment"]
        variables = {"Variables": found["Variables"] | changed}
        client.update_function_configuration(FunctionName=name, Environment=variables)


@pytest.fixture
def secured(aws, suite):
    """A conforming environment of its own."""
    twin = Secured(aws, suite)
    twin.write()
    twin.deploy()
    return twin


def document(*statements):
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
