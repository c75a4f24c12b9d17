"""Lambda functions: configured by moto, never run.

Invoke answers what the settings say, whatever the function is. The configuration route
that moto documents switches its use of docker off.
Source: Lambda API Reference, Invoke; moto, "Configuration options", Lambda.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import AwsError, Onward, Request, Response

NO_DOCKER = b'{"lambda": {"use_docker": false}}'
RESERVED = {
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
}
STATUS = {"RequestResponse": 200, "Event": 202, "DryRun": 204}


@dataclass
class Settings:
    """The settings of the functions."""

    payload: str = "null"
    """The answer of a synchronous invocation, as JSON."""
    error: str = ""
    """Handled or Unhandled, where an invocation shall fail."""


class Functions:
    """Answers invocations."""

    name = "functions"

    def __init__(self, standin: Context) -> None:
        self.settings = Settings()
        self._standin = standin
        self._configured = False

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer Invoke for a version that exists; pass on the rest."""
        if request.service == "lambda" and not self._configured:
            self._configured = onward(_configuration(request)).ok
        _refuse_reserved(request.parameters)
        if (request.service, request.operation) != ("lambda", "Invoke"):
            return onward(request)
        given = request.parameters
        which = {"Qualifier": given["Qualifier"]} if given.get("Qualifier") else {}
        shown = self._standin.call(
            "lambda",
            "GetFunctionConfiguration",
            request.account,
            request.region,
            FunctionName=given["FunctionName"],
            **which,
        )
        asked = request.environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        headers = [
            ("Content-Type", "application/json"),
            ("X-Amz-Executed-Version", shown["Version"]),
        ]
        body = b""
        if asked == "RequestResponse":
            body = self.settings.payload.encode()
            if self.settings.error:
                headers.append(("X-Amz-Function-Error", self.settings.error))
        return Response(STATUS[asked], headers, body)


def _refuse_reserved(given: Mapping[str, Any]) -> None:
    """Refuse variables that Lambda sets itself.

    Lambda Developer Guide, "Working with Lambda environment variables".
    """
    variables = (given.get("Environment") or {}).get("Variables") or {}
    reserved = sorted(RESERVED & set(variables))
    if reserved:
        raise AwsError(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the "
            "environment variables you have provided contains reserved keys that are "
            f"currently not supported for modification. Reserved keys used in this "
            f"request: {', '.join(reserved)}",
        )


def _configuration(request: Request) -> Request:
    environ = {
        **request.environ,
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/moto-api/config",
        "RAW_PATH": "/moto-api/config",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
    }
    environ.pop("HTTP_AUTHORIZATION", None)
    return replace(request, service="", operation="", environ=environ, body=NO_DOCKER)
