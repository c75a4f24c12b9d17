"""A Lambda function as it is configured."""

from collections.abc import Iterable
from typing import Any

from conformance.aws.client import AwsError
from conformance.deployed.facts import Facts, prefetched
from conformance.model.errors import NotAssessedError, UnreadableError

UNSET = "not set"


class MissingFunctionError(NotAssessedError):
    """INT-1 fails for it; whatever else rests on the function waits."""


class DeployedFunction:
    """One function in one region, as AWS Lambda describes it."""

    def __init__(self, facts: Facts, region: str, name: str) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self.region = region
        self.name = name

    @prefetched
    def configuration(self) -> dict[str, Any]:
        """GetFunctionConfiguration."""
        try:
            return self._facts.read(
                "lambda",
                self.region,
                "GetFunctionConfiguration",
                FunctionName=self.name,
            )
        except AwsError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
            raise MissingFunctionError(
                f"function {self.name} missing (INT-1)"
            ) from None

    def require_present(self) -> None:
        """Return only if the function exists.

        Raises:
            MissingFunctionError: it does not.
        """
        _ = self.configuration

    @property
    def state(self) -> str:
        """`Active`, another state, with the state of a failed update, or `MISSING`."""
        try:
            state = str(self.configuration["State"])
            update = str(self.configuration["LastUpdateStatus"])
        except MissingFunctionError:
            return "MISSING"
        return state if update == "Successful" else f"{state}, last update {update}"

    @property
    def role_arn(self) -> str:
        """The role that the function runs as."""
        return str(self.configuration["Role"])

    @property
    def subnets(self) -> frozenset[str]:
        """The subnets that it runs in.

        VpcConfig is absent, or without subnets, for a function in no VPC:
        https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfigResponse.html
        """
        return frozenset(self.configuration.get("VpcConfig", {}).get("SubnetIds", ()))

    def variables(self, names: Iterable[str]) -> dict[str, str]:
        """Return the environment variables of these names.

        Environment is absent where a function has none:
        https://docs.aws.amazon.com/lambda/latest/api/API_EnvironmentResponse.html

        Raises:
            UnreadableError: Lambda could not decrypt them.
        """
        found = self.configuration.get("Environment", {})
        if "Error" in found:
            raise UnreadableError(
                f"environment variables of {self.name}: {found['Error']}"
            )
        variables = found.get("Variables", {})
        return {name: variables.get(name, UNSET) for name in sorted(names)}
