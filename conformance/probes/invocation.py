"""The answer of a deployed function to its declared test event."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from conformance.aws.client import AwsClients, unreadable
from conformance.config.declared.services import Service
from conformance.deployed.functions import DeployedFunction
from conformance.model.errors import NotAssessedError
from conformance.model.text import cut

SUCCEEDED = "succeeded"
_BAD_REQUEST = 400
_SHOWN = 60


def invoked(clients: AwsClients, function: DeployedFunction, service: Service) -> str:
    """`succeeded`, or how the function failed.

    Raises:
        AwsError, UnreadableError: the function could not be invoked.
        NotAssessedError: nothing says which version serves.
    """
    which = _qualifier(function)
    client = clients.client("lambda", function.region, "write")
    try:
        answer = client.invoke(
            FunctionName=function.name,
            Payload=json.dumps(service.test_event).encode(),
            **which,
        )
        payload = answer["Payload"].read()
    except (ClientError, BotoCoreError) as problem:
        raise unreadable(f"lambda:Invoke of {function.name}", problem) from None
    # FunctionError is absent where the function returned:
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    error = answer.get("FunctionError")
    if error:
        return f"failed: {error}"
    problems = list(_problems(payload, service.test_answer))
    return f"failed: {'; '.join(problems)}" if problems else SUCCEEDED


def _qualifier(function: DeployedFunction) -> dict[str, str]:
    """Return the parameter that names the version to invoke; none is the draft."""
    if function.qualifier:
        return {"Qualifier": function.qualifier}
    if function.aliases:
        raise NotAssessedError(
            f"{function.name} has aliases ({', '.join(sorted(function.aliases))}), and "
            "which of them serves is not declared: declare the service's qualifier"
        )
    return {}


def _problems(payload: bytes, declared: Any) -> Iterator[str]:
    """Yield how the answer says that it is no success, or is not as declared."""
    try:
        answer = json.loads(payload or b"null")
    except ValueError:
        # Lambda passes on what a runtime of one's own returns, whatever it is.
        answer = payload.decode("utf-8", "replace")
    if isinstance(answer, Mapping):
        yield from _own_words(answer)
    if declared is not None:
        yield from _differences(answer, declared, "the answer")


def _own_words(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an answer says of itself.

    A status code is what API Gateway, function URLs and load balancers read:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    Failures of a batch are what SQS and streams read.
    """
    for name, value in answer.items():
        plain = name.replace("_", "").lower()
        if plain == "statuscode":
            try:
                refused = int(value) >= _BAD_REQUEST
            except (TypeError, ValueError):
                refused = True
            if refused:
                yield f"status code {value}"
        elif plain == "batchitemfailures" and value:
            yield f"{len(value)} failures in the batch"


def _differences(found: Any, declared: Any, where: str) -> Iterator[str]:
    """Yield where an answer lacks what is declared; it may hold more."""
    if isinstance(declared, Mapping):
        found = _parsed(found)
        if not isinstance(found, Mapping):
            yield f"{where} is {_short(found)}, not an object"
            return
        for name, value in declared.items():
            if name in found:
                yield from _differences(found[name], value, f"{where}'s {name}")
            else:
                yield f"{where} has no {name}"
    elif found != declared or isinstance(found, bool) != isinstance(declared, bool):
        yield f"{where} is {_short(found)}, not {_short(declared)}"


def _parsed(found: Any) -> Any:
    """Return the JSON in a text, such as the body of an answer to API Gateway."""
    if isinstance(found, str):
        try:
            return json.loads(found)
        except ValueError:
            return found
    return found


def _short(value: Any) -> str:
    return cut(json.dumps(value, default=str), _SHOWN)
