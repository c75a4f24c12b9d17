"""Reads what `terraform show -json PLAN` prints, and refuses everything else.

Source: "JSON Output Format", https://developer.hashicorp.com/terraform/internals/json-format
"""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.config.file_reader import require_valid
from conformance.model.errors import BadInputError

_HOW = (
    "expected: what `terraform show -json PLAN` prints, where PLAN is the file that "
    "`terraform plan -out=PLAN` wrote"
)
_MAJOR = "1"
_YEARS = range(2014, 2199)
"""From the first version of Terraform to the last year of AWS's schedules."""
_SHOWN = 8
"""The number of problems that a message lists; one defect repeats per resource."""


@dataclass(frozen=True)
class Document:
    """A plan as Terraform's JSON has it, and which file it was."""

    path: Path
    sha256: str
    content: dict[str, Any]

    @property
    def hour(self) -> datetime:
        """The hour in which it was made."""
        made = datetime.fromisoformat(self.content["timestamp"])
        return made.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    @property
    def told(self) -> dict[str, str]:
        """The file and its origin as evidence, without any of the plan's values."""
        return {
            "file": self.path.name,
            "sha256": self.sha256,
            "format_version": self.content["format_version"],
            "terraform_version": self.content.get("terraform_version", ""),
            "made": self.content["timestamp"],
        }


def read_document(path: Path) -> Document:
    """Read a plan.

    Raises:
        BadInputError: it is no plan in Terraform's JSON format 1, or Terraform says
            that it failed or is a part of one.
    """
    try:
        octets = path.read_bytes()
    except OSError as problem:
        raise BadInputError(f"{path}: cannot be read: {problem.strerror}") from None
    content = _parsed(path, octets)
    _refuse_others(path, content)
    _require_valid(path, content)
    _refuse_strange_time(path, content.get("timestamp"))
    if content.get("errored"):
        raise BadInputError(f"{path}: Terraform failed while it planned; plan again")
    if content.get("complete") is False:  # Terraform says it since 1.8
        raise BadInputError(
            f"{path}: Terraform says that the plan is not complete: more remains to be "
            "done after it; plan again without -target, or after applying this one"
        )
    return Document(path, hashlib.sha256(octets).hexdigest(), content)


def _require_valid(path: Path, content: dict[str, Any]) -> None:
    """Go on only if everything that is read has its documented form."""
    try:
        require_valid(path, content, "terraform")
        lines = [f"{path}: {problem}" for problem in _contradictions(content)]
    except BadInputError as problem:
        lines = str(problem).splitlines()
    if lines:
        more = len(lines) - _SHOWN
        rest = [f"{path}: and {more} more of the kind"] if more > 0 else []
        raise BadInputError("\n".join([*lines[:_SHOWN], *rest]))


def _contradictions(content: dict[str, Any]) -> Iterator[str]:
    """Yield the updates that lack the values from or to which they lead."""
    for number, entry in enumerate(content["resource_changes"]):
        change = entry["change"]
        for side in ("before", "after"):
            if "update" in change["actions"] and change[side] is None:
                yield (
                    f"resource_changes[{number}].change.{side} is null; expected: the "
                    f"values of {entry['address']}, as its action is update"
                )


def _refuse_strange_time(path: Path, made: str | None) -> None:
    if made is None:
        raise BadInputError(
            f"{path}: does not say when it was made, so nobody knows how old it is; "
            "plan with Terraform 1.5 or later, which writes a timestamp"
        )
    try:
        moment = datetime.fromisoformat(made)
        known = moment.tzinfo is not None and moment.year in _YEARS
    except ValueError:
        known = False
    if not known:
        raise BadInputError(
            f"{path}: timestamp is {made!r}; expected: one such as "
            "2026-01-13T09:30:00Z, as Terraform writes it"
        )


def _parsed(path: Path, octets: bytes) -> dict[str, Any]:
    if octets.startswith(b"PK"):
        raise BadInputError(f"{path}: is a plan in Terraform's binary format; {_HOW}")
    try:
        content = json.loads(octets, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise BadInputError(f"{path}: is not JSON; {_HOW}") from None
    if not isinstance(content, dict):
        raise BadInputError(f"{path}: holds no object; {_HOW}")
    return content


def _finite(text: str) -> float:
    """Return a number; JSON has no NaN and no Infinity, which Python takes."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse_others(path: Path, content: dict[str, Any]) -> None:
    if "lineage" in content or ("values" in content and "terraform_version" in content):
        raise BadInputError(f"{path}: is a state, which plans nothing; {_HOW}")
    if "resource_changes" not in content and "planned_values" not in content:
        raise BadInputError(f"{path}: is no plan; {_HOW}")
    version = str(content.get("format_version", "none"))
    if version.partition(".")[0] != _MAJOR:
        raise BadInputError(
            f"{path}: format_version is {version}; expected: {_MAJOR}.x, which "
            "Terraform prints since 1.1"
        )
