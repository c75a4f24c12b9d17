"""`python -m conformance attest`: add an attestation, well formed."""

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from conformance.config.attestations import load_attestations
from conformance.config.criteria import load_catalogue
from conformance.config.declared import Assumption, load_declared
from conformance.config.environment import load_environment
from conformance.config.file_reader import PROMOTION
from conformance.model.criterion import Catalogue
from conformance.model.errors import BadInputError


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "attest", help="add the statement of a person to attestations.toml"
    )
    parser.add_argument("subject", help="a criterion such as GOV-2 or MON-2, or ASM-7")
    parser.add_argument("--env", required=True, metavar="ENV")
    parser.add_argument("--statement", required=True, help="what is said")
    parser.add_argument("--who", required=True, help="who says it")
    parser.add_argument("--role", required=True, help="in which role")
    parser.add_argument("--evidence", required=True, help="a link to what it rests on")
    parser.add_argument(
        "--expires", required=True, type=_day, help="the last day it holds, UTC"
    )
    _add_finding(parser)
    parser.add_argument(
        "--file",
        type=Path,
        default=PROMOTION / "attestations.toml",
        help="default: promotion/attestations.toml",
    )
    parser.set_defaults(run=_run)


def _add_finding(parser: argparse.ArgumentParser) -> None:
    """Add what names a finding that is NOT_ASSESSED, as the report shows it."""
    group = parser.add_argument_group(
        "a setting that a check did not understand",
        "The finding's subject and region, and the hash behind `seen`.",
    )
    group.add_argument("--about", metavar="SUBJECT")
    group.add_argument("--region")
    group.add_argument("--seen", metavar="HASH")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        expected = f"{text!r} is no date; expected: one such as 2026-03-31"
        raise argparse.ArgumentTypeError(expected) from None


def _run(parsed: argparse.Namespace) -> int:
    """Append the entry, unless the file would not be valid with it."""
    environment = load_environment(parsed.env)
    assumptions = load_declared(environment).assumptions
    catalogue = load_catalogue()
    _refuse_unknown(parsed.subject, catalogue, assumptions)
    today = datetime.now(UTC).date()
    if parsed.expires < today:
        raise BadInputError(f"--expires {parsed.expires} is over; today is {today}")
    entry = {
        "environment": environment.name,
        "subject": parsed.subject,
        "statement": parsed.statement,
        "who": parsed.who,
        "role": parsed.role,
        "date": today,
        "evidence": parsed.evidence,
        "expires": parsed.expires,
    }
    for name in ("about", "region", "seen"):
        if getattr(parsed, name):
            entry[name] = getattr(parsed, name)
    before = parsed.file.read_text(encoding="utf-8") if parsed.file.exists() else ""
    new = parsed.file.with_suffix(".new.toml")
    new.write_text(before + _toml(entry), encoding="utf-8")
    try:
        load_attestations(catalogue, assumptions, new)
    except BadInputError as problem:
        new.unlink()
        raise BadInputError(f"nothing was written: {problem}") from None
    new.replace(parsed.file)
    print(
        f"{parsed.file}: {parsed.role} attests {parsed.subject}; now review and commit"
    )
    return 0


def _refuse_unknown(
    subject: str, catalogue: Catalogue, assumptions: Iterable[Assumption]
) -> None:
    assumed = {assumption.id for assumption in assumptions}
    statements = {name for name, row in catalogue.items() if row.kind == "attest"}
    if subject not in assumed and subject not in catalogue:
        known = ", ".join(sorted(assumed | statements))
        raise BadInputError(
            f"{subject} cannot be attested; allowed: {known}, or the criterion of a "
            "finding whose check did not understand a setting"
        )


def _toml(entry: dict[str, Any]) -> str:
    """Write one entry: a string of JSON is one of TOML, and a date has no quotes."""
    lines = [
        f"{name:<11} = {value if isinstance(value, date) else json.dumps(value)}"
        for name, value in entry.items()
    ]
    return "\n".join(["", "[[attestations]]", *lines, ""])
