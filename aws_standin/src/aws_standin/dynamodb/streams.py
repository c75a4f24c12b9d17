"""DynamoDB Streams as AWS has them: the right region, and nothing for no change.

API_Record: awsRegion is where the GetRecords came from.  Developer guide, "Change data
capture": a put that does not change the item writes no record.  That shows only
where the stream has both images.
"""

from dataclasses import dataclass
from typing import Any

from aws_standin.protocols.messages import Onward, Request, Response, answer

OPERATIONS = ("GetRecords",)


@dataclass
class Streams:
    """Corrects moto's GetRecords."""

    def handle(self, request: Request, onward: Onward) -> Response:
        """Set the region of records, and leave out those of no change."""
        response = onward(request)
        if not response.ok:
            return response
        document = response.json()
        changes = [one for one in document.get("Records", []) if _is_change(one)]
        for record in changes:
            record["awsRegion"] = request.region
        return answer(request, document | {"Records": changes})


def _is_change(record: dict[str, Any]) -> bool:
    images = record["dynamodb"]
    if record["eventName"] != "MODIFY" or not {"OldImage", "NewImage"} <= set(images):
        return True
    return bool(images["OldImage"] != images["NewImage"])
