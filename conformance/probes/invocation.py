"""The answer of a deployed function to its declared test event."""

import json
from collections.abc import Mapping
from typing import Any

from conformance.aws.client import SDK_ERRORS, AwsClients, unreadable
from conformance.deployed.functions import DeployedFunction

SUCCEEDED = "succeeded"


def invoked(
    clients: AwsClients, function: DeployedFunction, event: Mapping[str, Any]
) -> str:
    """`succeeded`, or the kind of error that the function ended with.

    Raises:
        AwsError, UnreadableError: the function could not be invoked.
    """
    client = clients.client("lambda", function.region, "write")
    try:
        answer = client.invoke(
            FunctionName=function.name, Payload=json.dumps(event).encode()
        )
    except SDK_ERRORS as problem:
        raise unreadable(f"lambda:Invoke of {function.name}", problem) from None
    # FunctionError is absent where the function returned:
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    error = answer.get("FunctionError")
    return f"failed: {error}" if error else SUCCEEDED
