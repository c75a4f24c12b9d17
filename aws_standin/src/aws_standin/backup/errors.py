"""The errors of AWS Backup, and what must be there before an operation can work."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from aws_standin.backup.records import Place, Plan, Point, Vault
from aws_standin.backup.service import Service
from aws_standin.protocols.messages import AwsError

NAME = re.compile(r"[a-zA-Z0-9._-]{1,50}")
"""The names of plans, rules and selections (botocore model)."""
VAULT_NAME = re.compile(r"[a-zA-Z0-9_-]{2,50}")
VAULT_ARN = re.compile(r"arn:aws:backup:[a-z0-9-]+:\d{12}:backup-vault:[\w-]{2,50}")

_Found = TypeVar("_Found")


def invalid(message: str) -> AwsError:
    """Return an InvalidParameterValueException."""
    return AwsError("InvalidParameterValueException", message)


def refused(message: str) -> AwsError:
    """Return an InvalidRequestException."""
    return AwsError("InvalidRequestException", message)


def unknown(message: str) -> AwsError:
    """Return a ResourceNotFoundException."""
    return AwsError("ResourceNotFoundException", message)


def required(parameters: Mapping[str, Any], *names: str) -> None:
    """Raise MissingParameterValueException for the first name without a value."""
    for name in names:
        if parameters.get(name) in (None, ""):
            raise AwsError(
                "MissingParameterValueException", f"Missing required parameter: {name}"
            )


def checked(problem: str | None) -> None:
    """Raise InvalidParameterValueException where there is a problem."""
    if problem:
        raise invalid(problem)


def vault(service: Service, place: Place, name: str) -> Vault:
    """Return the vault of a name.

    AWS says AccessDeniedException for a vault that is not there, whatever the caller
    may do, although the model has ResourceNotFoundException (seen by many: boto3
    issue 2269, aws-sdk-js issue 2625).
    """
    found = service.region(place).vaults.get(name)
    if found is None:
        raise AwsError(
            "AccessDeniedException",
            "Insufficient privileges to perform this action.",
            403,
        )
    return found


def plan(service: Service, place: Place, plan_id: str) -> Plan:
    """Return the plan of an id, unless it is deleted."""
    found = service.region(place).plans.get(plan_id)
    if found is None or found.deleted:
        raise unknown(f"Cannot find Backup plan with ID {plan_id}")
    return found


def point(service: Service, place: Place, arn: str) -> Point:
    """Return the recovery point of an ARN."""
    return _known(service.region(place).points, arn, "Cannot find recovery point")


def job(service: Service, place: Place, kind: str, job_id: str) -> Any:
    """Return the backup, copy or restore job of an id."""
    jobs = service.region(place).jobs(kind)
    return _known(jobs, job_id, f"Cannot find {kind} job with ID")


def _known(found: Mapping[str, _Found], key: str, problem: str) -> _Found:
    if key not in found:
        raise unknown(f"{problem} {key}")
    return found[key]
