"""The callers that access keys stand for: an account, a user, a session of a role.

Learned from what STS and IAM hand out.
"""

import re
from dataclasses import dataclass, field

from aws_standin.behaviour_context import Context
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import Onward, Request, Response

KEY = re.compile(r"<AccessKeyId>([^<]+)</AccessKeyId>")
ARN = re.compile(r"<Arn>(arn:[^<]+:assumed-role/[^<]+)</Arn>")
USER = re.compile(r"<UserName>([^<]+)</UserName>")


@dataclass(frozen=True)
class Caller:
    """Somebody who signs calls."""

    kind: str
    """IAMUser or AssumedRole, as CloudTrail names them."""
    arn: str
    """The ARN that GetCallerIdentity answers."""
    account: str
    entity: str = ""
    """The ARN of the user or role whose policies apply, "" for the account."""
    session_policies: tuple[str, ...] = ()
    """The documents that AssumeRole was given in Policy."""
    session_tags: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The user's or session's name, as CloudTrail's Username."""
        return self.arn.rpartition("/")[2].rpartition(":")[2]


@dataclass
class Callers:
    """Knows every access key that was handed out."""

    standin: Context
    issued: dict[str, Caller] = field(default_factory=dict)

    def of(self, request: Request) -> Caller:
        """Return who signed a request; an unknown key stands for its account."""
        found = self.issued.get(request.access_key)
        if found:
            return found
        return self._account(request.account, request.region)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Learn the keys of users and of sessions when they are made."""
        response = onward(request)
        called = (request.service, request.operation)
        if response.ok and called == ("sts", "AssumeRole"):
            self._learn_session(request, response)
        if response.ok and called == ("iam", "CreateAccessKey"):
            self._learn_user(request, response)
        return response

    def _learn_session(self, request: Request, response: Response) -> None:
        given, body = parameters.of(request), response.body.decode()
        key, arn = KEY.search(body), ARN.search(body)
        if not key or not arn:
            return
        policy = given.get("Policy")
        self.issued[key[1]] = Caller(
            "AssumedRole",
            arn[1],
            arn[1].split(":")[4],
            given["RoleArn"],
            (policy,) if policy else (),
            tuple((one["Key"], one["Value"]) for one in given.get("Tags", [])),
        )

    def _learn_user(self, request: Request, response: Response) -> None:
        body = response.body.decode()
        key, user = KEY.search(body), USER.search(body)
        if key and user:
            arn = f"arn:aws:iam::{request.account}:user/{user[1]}"
            caller = Caller("IAMUser", arn, request.account, arn)
            self.issued[key[1]] = caller

    def _account(self, account: str, region: str) -> Caller:
        if account not in self.issued:
            found = self.standin.call("sts", "GetCallerIdentity", account, region)
            self.issued[account] = Caller("IAMUser", found["Arn"], account)
        return self.issued[account]
