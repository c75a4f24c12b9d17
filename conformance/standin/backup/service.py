"""What every part of AWS Backup works with: the calls, the time, the memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from conformance.standin.backup import permission
from conformance.standin.backup.records import Place, name_in, place_of
from conformance.standin.backup.settings import Settings
from conformance.standin.backup.store import Region, Store
from conformance.standin.dynamodb.service import DynamoDB
from conformance.standin.wire import AwsError

Calls = Callable[..., dict[str, Any]]
"""The stand-in's calls to itself: service, operation, account, region, parameters."""


@dataclass
class Service:
    """AWS Backup of all accounts and regions."""

    call: Calls
    now: Callable[[], datetime]
    default_key: Callable[[Place], str]
    """The ARN of the aws/backup key."""
    dynamodb: DynamoDB
    """Makes the tables that are restored."""
    settings: Settings = field(default_factory=Settings)
    store: Store = field(default_factory=Store)

    def region(self, place: Place) -> Region:
        """Return what is remembered of one account and region."""
        return self.store.regions[place]

    def advance(self) -> None:
        """Do all that has become due since the last time."""
        with self.store.lock:
            self.store.agenda.run(self.now())

    def role_problem(self, role_arn: str) -> str | None:
        """Return why AWS Backup cannot assume a role, None when it can."""
        account, role = place_of(role_arn).account, role_arn.rpartition("/")[2]
        problem = f"IAM Role {role_arn} cannot be assumed by AWS Backup"
        try:
            found = self.call("iam", "GetRole", account, "us-east-1", RoleName=role)
        except AwsError:
            return problem
        policy = found["Role"].get("AssumeRolePolicyDocument") or "{}"
        if isinstance(policy, str):
            policy = json.loads(unquote(policy))
        return None if permission.trusts_backup(policy) else problem


def table_arn(place: Place, name: str) -> str:
    """Return the ARN of a table."""
    return f"arn:aws:dynamodb:{place.region}:{place.account}:table/{name}"


def table_name(arn: str) -> str:
    """Return the name of the table of an ARN."""
    return name_in(arn)
