"""The rights that the caller lacks for a drill, as IAM's simulator sees them."""

from collections.abc import Iterator
from typing import Any

from conformance.aws.client import AwsClients
from conformance.aws.iam_policy import Statement
from conformance.config.declared.privileges import Grant
from conformance.deployed.facts import Facts
from conformance.deployed.simulation import Simulation
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.iam.evaluation import ALLOWED

_SHOWN = 20
_BY_WILDCARD = {
    "kms:GenerateDataKey*": "kms:GenerateDataKey",
    "kms:ReEncrypt*": "kms:ReEncryptFrom",
}
"""Actions with a wildcard, and one that each of them means."""


def rights_lines(clients: AwsClients, needed: list[Statement]) -> Iterator[str]:
    """Yield which of the needed rights the caller lacks, or why that is not known."""
    try:
        lacking = list(_lacking(clients, needed))
    except (NotAssessedError, UnreadableError) as problem:
        yield f"  whether the caller has them is not known: {problem}"
        return
    for right in lacking[:_SHOWN]:
        yield f"  lacking: {right}"
    if len(lacking) > _SHOWN:
        yield f"  lacking: {len(lacking) - _SHOWN} more"
    if not lacking:
        yield (
            "  the caller has them, by IAM's simulator; it knows no policies of keys "
            "and vaults, and nothing of another account"
        )


def _lacking(clients: AwsClients, needed: list[Statement]) -> Iterator[str]:
    facts = Facts(clients)
    region = clients.environment.regions[0]
    principal = _principal(facts, region)
    if principal.endswith(":root"):
        return
    simulation = Simulation(facts, region, principal, {})
    for stated in needed:
        resources = [_example(arn, region) for arn in stated["Resource"]]
        actions = [_BY_WILDCARD.get(name, name) for name in stated["Action"]]
        grant = Grant(tuple(actions), tuple(resources))
        for found in simulation.decisions([grant], _context(stated, region)):
            if found.verdict != ALLOWED:
                yield f"{found.action} on {found.resource}"


def _principal(facts: Facts, region: str) -> str:
    """Return the ARN of the user or role that the caller acts as.

    Raises:
        NotAssessedError: it is neither.
        UnreadableError: AWS does not say.
    """
    caller = str(facts.read("sts", region, "GetCallerIdentity")["Arn"])
    kind, _, name = caller.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        role = name.partition("/")[0]
        found = facts.read("iam", region, "GetRole", RoleName=role)
        return str(found["Role"]["Arn"])
    if kind not in ("root", "user"):
        raise NotAssessedError(f"{caller} is no user and no role")
    return caller


def _context(stated: Statement, region: str) -> dict[str, list[str]]:
    """Return condition keys as a request of ours has them."""
    conditions: dict[str, Any] = stated.get("Condition", {})
    return {
        key: [_example(_longest(values), region)]
        for keys in conditions.values()
        for key, values in keys.items()
        if key != "aws:RequestedRegion"  # the simulation takes the resource's
    }


def _longest(values: list[str] | str) -> str:
    """Return the value that says most: among keys of items one may be empty."""
    return values if isinstance(values, str) else max(values, key=len)


def _example(pattern: str, region: str) -> str:
    """Return something that the pattern stands for; `*` alone stays."""
    if pattern == "*":
        return pattern
    regional = pattern.replace(":dynamodb:*:", f":dynamodb:{region}:")
    return regional.replace("*", "x").replace("?", "0")
