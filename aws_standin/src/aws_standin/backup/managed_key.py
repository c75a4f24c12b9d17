"""The AWS managed key that protects vaults for which no key is given: aws/backup.

moto has no such key and refuses to make an alias beginning with ``aws/``.  So the
key is an ordinary one of moto's, and KMS's answers say what AWS says of it.
Source: AWS Backup Developer Guide, "Encryption for backups in AWS Backup"; AWS KMS
Developer Guide, "AWS managed keys".
"""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from aws_standin.backup.records import Place
from aws_standin.backup.table_contents import Calls
from aws_standin.protocols.messages import (
    Onward,
    Request,
    Response,
    answer,
    with_parameters,
)

ALIAS = "alias/aws/backup"
_DESCRIPTION = "Default key that protects my Backup data when no other key is defined"


@dataclass
class ManagedKey:
    """The aws/backup key of every account and region; made when first needed."""

    call: Calls
    arns: dict[Place, str] = field(default_factory=dict)
    _making: threading.RLock = field(default_factory=threading.RLock)

    def arn(self, place: Place) -> str:
        """Return the ARN of the key, which KMS can describe."""
        with self._making:
            if place not in self.arns:
                self.arns[place] = self._make(place)
            return self.arns[place]

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer a call to KMS so that the key is found by its alias, as AWS's."""
        place = Place(request.account, request.region)
        if str(request.parameters.get("KeyId", "")).endswith(ALIAS):
            parameters = {**request.parameters, "KeyId": self.arn(place)}
            request = with_parameters(request, parameters)
        response = onward(request)
        if place not in self.arns or not response.ok:
            return response
        if request.operation == "DescribeKey":
            return self._described(request, response, place)
        if request.operation == "ListAliases":
            return self._listed(request, response, place)
        return response

    def _make(self, place: Place) -> str:
        where = (place.account, place.region)
        made = self.call("kms", "CreateKey", *where, Description=_DESCRIPTION)
        arn: str = made["KeyMetadata"]["Arn"]
        # "AWS managed keys are automatically rotated every year."
        self.call("kms", "EnableKeyRotation", *where, KeyId=arn)
        return arn

    def _described(
        self, request: Request, response: Response, place: Place
    ) -> Response:
        document: dict[str, Any] = json.loads(response.body)
        if document["KeyMetadata"]["Arn"] != self.arns[place]:
            return response
        document["KeyMetadata"]["KeyManager"] = "AWS"
        return answer(request, document)

    def _listed(self, request: Request, response: Response, place: Place) -> Response:
        document: dict[str, Any] = json.loads(response.body)
        key = self.arns[place]
        wanted = request.parameters.get("KeyId") or key
        if document.get("Truncated") or not key.endswith(str(wanted)):
            return response
        where = f"arn:aws:kms:{place.region}:{place.account}"
        document["Aliases"].append(
            {
                "AliasName": ALIAS,
                "AliasArn": f"{where}:{ALIAS}",
                "TargetKeyId": key.rpartition("/")[2],
            }
        )
        return answer(request, document)
