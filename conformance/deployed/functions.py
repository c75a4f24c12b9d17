"""A Lambda function as it is configured, and which of its versions serve."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.deployed.facts import Facts, prefetched
from conformance.model.errors import NotAssessedError, UnreadableError

UNSET = "not set"
DRAFT = "$LATEST"
"""The version that an update changes; a published version never changes."""
_OWN_REGION = {"AWS_REGION", "AWS_DEFAULT_REGION"}
"""Reserved variables that Lambda sets itself to the region that a function runs in:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
Configuration = Mapping[str, Any]
Texts = Mapping[str, str]


class MissingFunctionError(NotAssessedError):
    """INT-1 fails for it; whatever else rests on the function waits."""


class DeployedFunction:
    """One function in one region, as AWS Lambda describes it."""

    def __init__(
        self, facts: Facts, region: str, name: str, qualifier: str = ""
    ) -> None:
        """Know the function, and the alias or version that serves if it is declared."""
        self._facts = facts
        self.region = region
        self.name = name
        self.qualifier = qualifier

    @prefetched
    def configuration(self) -> Configuration:
        """GetFunctionConfiguration of the draft."""
        return self._configuration(DRAFT)

    @prefetched
    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        """The versions that each alias leads to, by the alias's name."""
        answer = self._read("ListAliases")
        return {alias["Name"]: _versions(alias) for alias in answer.get("Aliases", ())}

    def require_present(self) -> None:
        """Return only if the function exists.

        Raises:
            MissingFunctionError: it does not.
        """
        _ = self.configuration

    @prefetched
    def serving(self) -> Mapping[str, Configuration]:
        """The code that requests may reach: each configuration by alias and version.

        Without a declared qualifier that is the draft and whatever an alias leads to.

        Raises:
            MissingFunctionError: the function or the declared alias does not exist.
        """
        draft = {DRAFT: self.configuration}
        if not self.qualifier:
            aliases = [
                found for name in sorted(self.aliases) for found in self._of(name)
            ]
            return draft | dict(aliases)
        if self.qualifier in self.aliases:
            return dict(self._of(self.qualifier))
        return {f"version {self.qualifier}": self._configuration(self.qualifier)}

    def served(self, read: Callable[[Configuration], Texts], declared: Texts) -> Texts:
        """Return what is read of the configuration that serves.

        Where several may serve and differ, each value names its alias and version.

        Raises:
            NotAssessedError: some are as declared and others are not, and nothing says
                which of them serve.
        """
        found = {label: read(shown) for label, shown in self.serving.items()}
        wrong = {label for label, texts in found.items() if texts != declared}
        certain = self.qualifier or wrong >= (set(found) - {DRAFT} or {DRAFT})
        if wrong and not certain:
            told = "; ".join(
                f"{label} has {_differing(found[label], declared)}"
                for label in sorted(wrong)
            )
            raise NotAssessedError(
                f"{told}, and nothing says which of {', '.join(found)} of {self.name} "
                "serves: declare the service's qualifier"
            )
        return {
            name: _joined({label: texts[name] for label, texts in found.items()})
            for name in declared
        }

    @prefetched
    def concurrency(self) -> int | None:
        """The reserved concurrency; it is absent where none is reserved."""
        answer = self._read("GetFunctionConcurrency")
        return answer.get("ReservedConcurrentExecutions")

    @property
    def state(self) -> str:
        """`Active`, another state of what serves, or `MISSING`.

        A function that was idle for weeks is Active again with its next invocation.
        """
        try:
            state = self.served(_state, {"state": "Active"})["state"]
        except MissingFunctionError:
            return "MISSING"
        if self.concurrency == 0:
            return f"{state}, and throttled: its reserved concurrency is 0"
        return state

    @property
    def subnets(self) -> frozenset[str]:
        """The subnets that it runs in, whichever version serves.

        VpcConfig is absent, or without subnets, for a function in no VPC:
        https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfigResponse.html
        """
        return frozenset(
            subnet
            for shown in self.serving.values()
            for subnet in shown.get("VpcConfig", {}).get("SubnetIds", ())
        )

    def network(self, expected: str) -> str:
        """Return the VPC that what serves runs in; "" if it runs in none.

        Raises:
            NotAssessedError: some versions run in the expected one and others do not.
        """
        return self.served(_network, {"VPC": expected})["VPC"]

    def names(self, address: str) -> bool:
        """Return True if a variable of whatever may serve holds an address."""
        return all(
            any(address in value for value in environment_variables(shown).values())
            for shown in self.serving.values()
        )

    def variables(self, names: Iterable[str], shown: Configuration) -> dict[str, str]:
        """Return the environment variables of these names in one configuration.

        Environment is absent where a function has none:
        https://docs.aws.amazon.com/lambda/latest/api/API_EnvironmentResponse.html

        Raises:
            UnreadableError: Lambda could not decrypt them.
        """
        found = environment_variables(shown)
        own = dict.fromkeys(_OWN_REGION, self.region)
        return {name: ({**found, **own}).get(name, UNSET) for name in sorted(names)}

    def _of(self, alias: str) -> list[tuple[str, Configuration]]:
        return [
            (f"alias {alias} ({version})", self._configuration(version))
            for version in self.aliases[alias]
        ]

    def _configuration(self, version: str) -> Configuration:
        which = {} if version == DRAFT else {"Qualifier": version}
        return self._read("GetFunctionConfiguration", **which)

    def _read(self, operation: str, **which: str) -> Members:
        try:
            return self._facts.read(
                "lambda", self.region, operation, FunctionName=self.name, **which
            )
        except AwsError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
            part = f" {which['Qualifier']} of" if which else ""
            raise MissingFunctionError(
                f"{part} function {self.name} missing (INT-1)".strip()
            ) from None


def _network(shown: Configuration) -> Texts:
    """Return the VPC; it is empty, or VpcConfig absent, for a function in none."""
    found = shown.get("VpcConfig", {})
    return {"VPC": str(found["VpcId"]) if found.get("SubnetIds") else ""}


def environment_variables(shown: Configuration) -> Texts:
    """Return all environment variables of one configuration.

    Raises:
        UnreadableError: Lambda could not decrypt them.
    """
    environment = shown.get("Environment", {})
    if "Error" in environment:
        raise UnreadableError(
            f"environment variables of {shown['FunctionName']}: {environment['Error']}"
        )
    variables: Texts = environment.get("Variables", {})
    return variables


def _versions(alias: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the version of an alias, and the second one of a weighted alias."""
    # RoutingConfig is absent, or empty, unless the alias divides its traffic.
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    second = sorted(version for version, weight in weights.items() if weight > 0)
    return alias["FunctionVersion"], *second


def _state(shown: Configuration) -> Texts:
    """Return the state of one configuration.

    `Inactive` is what an idle function becomes, and Active again with an invocation; if
    that failed, the reason is another one. Nothing updates a published version:
    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """
    state = shown["State"]
    if state == "Inactive" and shown.get("StateReasonCode", "Idle") == "Idle":
        state = "Active"
    if shown["Version"] == DRAFT and shown["LastUpdateStatus"] != "Successful":
        state = f"{state}, last update {shown['LastUpdateStatus']}"
    return {"state": state}


def _differing(found: Texts, declared: Texts) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in found.items() if declared[name] != value
    )


def _joined(values: Texts) -> str:
    """Return the one value of all; or each value with where it stands."""
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    return "; ".join(f"{value} by {label}" for label, value in values.items())
