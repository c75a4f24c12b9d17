"""The accounts that access keys act for.

A key of 12 digits is the account itself.  Keys that STS and IAM hand out belong to
the account of the assumed role or of the caller.  Anything else is moto's default.
"""

import re
from dataclasses import dataclass, field

from aws_standin.protocols.messages import Onward, Request, Response

DEFAULT_ACCOUNT = "123456789012"
ACCOUNT = re.compile(r"\d{12}")
HANDS_OUT_KEYS = {
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "GetFederationToken"),
    ("sts", "GetSessionToken"),
    ("iam", "CreateAccessKey"),
}
KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")
ROLE_ACCOUNT = re.compile(rb"<Arn>arn:[^:]+:sts::(\d{12}):assumed-role/")


@dataclass
class Accounts:
    """Learns from STS's and IAM's answers whose each key is."""

    issued: dict[str, str] = field(default_factory=dict)
    """Access key id → account."""

    def account_of(self, access_key: str) -> str:
        """Return the account that an access key acts for."""
        if ACCOUNT.fullmatch(access_key):
            return access_key
        return self.issued.get(access_key, DEFAULT_ACCOUNT)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Remember the account of every key that is handed out."""
        response = onward(request)
        if (request.service, request.operation) in HANDS_OUT_KEYS and response.ok:
            key = KEY.search(response.body)
            role = ROLE_ACCOUNT.search(response.body)
            if key:
                account = role[1].decode() if role else request.account
                self.issued[key[1].decode()] = account
        return response
