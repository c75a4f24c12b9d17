"""The `aws …` command that shows what an observation saw."""

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

from conformance.model.finding import Finding, Observation
from conformance.model.operations import READ

_SERVICES = {"s3": "s3api"}
"""Services that have another name on the command line than in boto3."""
_MORE_READS = {"dynamodb": {"DescribeBackup", "GetItem", "ListBackups"}}
"""Reads among the operations of probes."""
_PAGES = {"NextToken", "ExclusiveStartTableName", "Marker", "ExclusiveStartBackupArn"}
"""Parameters of paging, which the command line does by itself."""
_OF_DRILLS = ("RST-", "DRX-", "PRF-")
_TYPABLE = 400
"""The characters of the longest command that somebody would copy."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_REDACTED = "…"
_TO_FILE = {("s3", "GetObject"): "/dev/stdout"}
"""Commands that write what they read to a file, with that file."""


def command(observation: Observation) -> str | None:
    """Return the command of a read; None for a write, or if it cannot be repeated."""
    if not _is_read(observation) or _REDACTED in json.dumps(
        observation.parameters, ensure_ascii=False
    ):
        return None
    service = _SERVICES.get(observation.service, observation.service)
    words = ["aws", service, dashed(observation.operation)]
    for name, value in observation.parameters.items():
        if name not in _PAGES:
            words += _option(name, value)
    words += ["--region", observation.region] if observation.region else []
    file = _TO_FILE.get((observation.service, observation.operation))
    return shlex.join([*words, *([file] if file else [])])


def commands(finding: Finding) -> list[str]:
    """Return the commands that show the evidence of a finding, each once.

    A command that is too long to be copied is left out: its request is in the ledger.
    A drill has removed what it made, so no command shows that again.
    """
    if finding.criterion.startswith(_OF_DRILLS):
        return []
    known = [command(observation) for observation in finding.observations]
    short = [line for line in known if line and len(line) <= _TYPABLE]
    return list(dict.fromkeys(short))


def dashed(name: str) -> str:
    """Spell a name as the command line does: `describe-table` for `DescribeTable`."""
    return _WORD.sub("-", name).lower()


def _is_read(observation: Observation) -> bool:
    operations = (READ, _MORE_READS)
    return any(
        observation.operation in reads.get(observation.service, ())
        for reads in operations
    )


def _option(name: str, value: Any) -> list[str]:
    option = f"--{dashed(name)}"
    if isinstance(value, bool):
        return [option if value else f"--no-{dashed(name)}"]
    if isinstance(value, list) and not _has_structures(value):
        return [option, *map(str, value)]
    if isinstance(value, dict | list):
        return [option, json.dumps(value, ensure_ascii=False)]
    return [option, str(value)]


def _has_structures(values: Iterable[Any]) -> bool:
    return any(isinstance(value, dict | list) for value in values)
