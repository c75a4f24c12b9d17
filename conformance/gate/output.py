"""The files of a gate beside its page: `signoff.json` and `summary.md`."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from conformance import __version__
from conformance.gate.decision import CriterionResult, GateResult
from conformance.model.finding import HELD, Finding

_SUMMARY_LIMIT = 900_000
"""Bytes; GitHub drops a whole job summary above 1024 kB."""
_CUT = "\n\n… cut here: the whole is in signoff.html\n"


def signoff_document(result: GateResult) -> dict[str, Any]:
    """Return the result as `signoff.json` has it; `schema` changes with its shape."""
    gate = result.gate
    return {
        "schema": 1,
        "gate": gate.name,
        "verdict": result.verdict,
        "exit_status": result.status,
        "made": gate.now.isoformat(timespec="seconds"),
        "version": __version__,
        "environment": {
            "name": gate.inputs.environment.name,
            "account": gate.inputs.environment.account,
            "regions": list(gate.inputs.environment.regions),
            "is_aws": gate.inputs.environment.is_aws,
        },
        "contract_sha256": gate.inputs.declared.sha256,
        "runs": [
            {
                "folder": run.folder.name,
                "ended": run.summary["ended"],
                "ledger_sha256": run.ledger_sha256,
                "refused": list(result.refused.get(run.folder, ())),
            }
            for run in result.runs
        ],
        "stale": list(result.stale),
        "criteria": {
            name: _criterion(criterion) for name, criterion in result.criteria.items()
        },
        "lapsed_waivers": [
            asdict(waiver) | {"why": why} for waiver, why in result.lapsed_waivers
        ],
        "open_assumptions": [
            asdict(assumption) for assumption in result.open_assumptions
        ],
    }


def _criterion(result: CriterionResult) -> dict[str, Any]:
    return {
        "outcome": result.outcome,
        "required": result.required,
        "reason": result.reason,
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """Return the finding without its observations, which stay in the run's folder."""
    requests = [seen.request_id or seen.id for seen in finding.observations]
    return vars(finding) | {"observations": requests}


def signoff_text(document: dict[str, Any]) -> str:
    """Return `signoff.json` with a line for each criterion, so that a diff is short."""
    parts = {name: _line(part) for name, part in document.items() if name != "criteria"}
    criteria = [
        f'"{name}": {_line(criterion)}'
        for name, criterion in document["criteria"].items()
    ]
    parts["criteria"] = "{\n" + ",\n".join(criteria) + "}"
    lines = [f'"{name}": {part}' for name, part in parts.items()]
    return "{" + ",\n".join(lines) + "}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def summary(result: GateResult) -> str:
    """Return the result in Markdown for the summary of a CI job, within its limit."""
    whole = "\n".join(_summary_lines(result)) + "\n"
    if len(whole.encode()) <= _SUMMARY_LIMIT:
        return whole
    room = _SUMMARY_LIMIT - len(_CUT.encode())
    return whole.encode()[:room].decode(errors="ignore") + _CUT


def _summary_lines(result: GateResult) -> list[str]:
    gate = result.gate
    lines = [
        f"# {result.verdict}: gate {gate.name} of {gate.inputs.environment.name}",
        "",
        f"{gate.now:%Y-%m-%d %H:%M} UTC, contract {gate.inputs.declared.sha256[:12]}",
        "",
    ]
    for folder, reasons in result.refused.items():
        lines.append(f"- Refused evidence `{folder.name}`: {'; '.join(reasons)}")
    lines += [f"- Too old: {criterion}" for criterion in result.stale]
    lines += ["", "| criterion | outcome | open in | acts |", "|---|---|---|---|"]
    criteria = result.criteria.values()
    ordered = sorted(criteria, key=lambda criterion: not criterion.blocks)
    lines += [_row(criterion) for criterion in ordered]
    if result.open_assumptions:
        ids = ", ".join(assumption.id for assumption in result.open_assumptions)
        lines += ["", f"Assumptions that nobody has confirmed: {ids}"]
    return lines


def open_reasons(result: CriterionResult) -> str:
    """Return the reasons of the findings that do not hold, each once with its count."""
    reasons = Counter(finding.reason or finding.observed for finding in _open(result))
    return "; ".join(f"{reason} ({count})" for reason, count in reasons.items())


def _open(result: CriterionResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.outcome not in HELD]


def _row(result: CriterionResult) -> str:
    subjects = [f"{finding.subject} ({finding.region})" for finding in _open(result)]
    level = "" if result.required else " (advisory)"
    cells = [
        f"{result.criterion.id} {result.criterion.title}{level}",
        f"**{result.outcome}**" if result.blocks else str(result.outcome),
        "; ".join(subjects) or result.reason,
        result.criterion.role if result.blocks else "",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
