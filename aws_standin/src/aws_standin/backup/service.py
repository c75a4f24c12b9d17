"""The calls, the clock and the store that every part of AWS Backup works with."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from aws_standin.backup import permissions, role_rights, table_contents
from aws_standin.backup.records import Place, place_of
from aws_standin.backup.settings import Settings
from aws_standin.backup.store import Region, Store
from aws_standin.backup.table_contents import Calls, Survey
from aws_standin.dynamodb.service import DynamoDB
from aws_standin.iam.evaluation import Policies
from aws_standin.protocols.messages import AwsError


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
    _surveys: dict[Place, Survey] = field(default_factory=dict)
    _rights: dict[str, Policies] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)

    def region(self, place: Place) -> Region:
        """Return what is remembered of one account and region."""
        return self.store.regions[place]

    def advance(self) -> None:
        """Do all that has become due since the last time."""
        with self.store.lock:
            self.store.agenda.run(self.now())
            self._surveys.clear()
            self._rights.clear()
            self._keys.clear()

    def survey(self, place: Place) -> Survey:
        """Return the tables as they are now; runs that are made up for share it."""
        if place not in self._surveys:
            self._surveys[place] = table_contents.survey(self.call, place)
        return self._surveys[place]

    def key_state(self, arn: str) -> str:
        """Return the state of a key as it is now, "missing" if it is not there."""
        if arn not in self._keys:
            where = place_of(arn)
            try:
                found = self.call(
                    "kms", "DescribeKey", where.account, where.region, KeyId=arn
                )
            except AwsError:
                return "missing"
            self._keys[arn] = str(found["KeyMetadata"]["KeyState"])
        return self._keys[arn]

    def rights(self, role_arn: str) -> Policies:
        """Return the policies of a role as they are now; raises AwsError without it."""
        if role_arn not in self._rights:
            self._rights[role_arn] = role_rights.read(self.call, role_arn)
        return self._rights[role_arn]

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
        return None if permissions.trusts_backup(policy) else problem
