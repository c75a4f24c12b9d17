"""The result of an earlier gate, read from the `signoff.json` that it left."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.model.errors import BadInputError
from conformance.model.finding import Outcome
from conformance.run.ledger import MANIFEST

SIGNOFF = "signoff.json"
_SCHEMA = 1


@dataclass(frozen=True)
class SitGate:
    """The result of the SIT gate, which decides GOV-14."""

    outcome: Outcome
    reason: str


NOT_NAMED = SitGate(
    Outcome.NOT_ASSESSED, "no --sit-signoff was named: nothing shows that SIT is GO"
)


def read_signoff(path: Path) -> dict[str, Any]:
    """Read the result of a gate.

    Raises:
        BadInputError: the file is missing, is no sign-off, or was changed.
    """
    try:
        content = path.read_bytes()
        document = json.loads(content)
        manifest = (path.parent / MANIFEST).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise BadInputError(
            f"{path}: cannot be read: {problem}; expected: the {SIGNOFF} that a gate "
            f"left, in its folder with its {MANIFEST}"
        ) from None
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        raise BadInputError(f"{path}: is no sign-off of schema {_SCHEMA}")
    if f"{hashlib.sha256(content).hexdigest()}  {path.name}" not in manifest.split(
        "\n"
    ):
        raise BadInputError(f"{path}: was changed after it was written ({MANIFEST})")
    return document


def read_sit_gate(
    path: Path, contract_sha256: str, maximum_age: timedelta, now: datetime
) -> SitGate:
    """Return PASS if the SIT gate was GO, for this contract, and not too long ago.

    Raises:
        BadInputError: as `read_signoff`.
    """
    signed = read_signoff(path)
    made = datetime.fromisoformat(signed["made"])
    problems = []
    if signed["gate"] != "sit":
        problems.append(f"it is of gate {signed['gate']}, not sit")
    if not signed["environment"]["is_aws"]:
        problems.append("it is of a stand-in, not of AWS")
    if signed["verdict"] != "GO":
        problems.append(f"its verdict is {signed['verdict']}")
    if signed["contract_sha256"] != contract_sha256:
        problems.append(f"it is of contract {signed['contract_sha256'][:12]}")
    if now - made > maximum_age:
        problems.append(f"it is older than {maximum_age.days} days")
    if problems:
        return SitGate(Outcome.FAIL, f"{path}: {'; '.join(problems)}")
    return SitGate(Outcome.PASS, f"SIT was GO on {made:%Y-%m-%d} ({path})")
