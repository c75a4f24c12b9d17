"""The `aws …` command that shows what an observation saw."""

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

from conformance.model.finding import Finding, Observation
from conformance.model.operations import READ

_SERVICES = {"s3": "s3api"}
"""Where the command line calls a service otherwise than boto3 does."""
_MORE_READS = {"dynamodb": {"DescribeBackup", "GetItem", "ListBackups"}}
"""Reads among the operations of probes."""
_PAGES = {"NextToken", "ExclusiveStartTableName", "Marker", "ExclusiveStartBackupArn"}
"""The command line asks for all pages by itself."""
_OF_DRILLS = ("RST-", "DRX-", "PRF-")
_TYPABLE = 400
"""Characters of a command that somebody copies."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_REDACTED = "…"
_TO_FILE = {("s3", "GetObject"): "/dev/stdout"}
"""Commands that write what they read to a file, and which."""


def command(observation: Observation) -> str | None:
    """The command of a read; None for what writes, or what cannot be typed again."""
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
    """The commands that show what a finding rests on, each once.

    Those too long to be typed are left out: the request is in the ledger. What a drill
    made is gone, and no command shows it again.
    """
    if finding.criterion.startswith(_OF_DRILLS):
        return []
    known = (command(it) for it in finding.observations)
    return list(dict.fromkeys(it for it in known if it and len(it) <= _TYPABLE))


def dashed(name: str) -> str:
    """`DescribeTable` as the command line spells it."""
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
    return any(isinstance(it, dict | list) for it in values)
