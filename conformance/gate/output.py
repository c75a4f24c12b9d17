"""What a gate leaves: `signoff.json` for machines, `summary.md` for a CI job."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from conformance import __version__
from conformance.gate.decision import Decided, Decision
from conformance.model.finding import HELD, Finding

_SUMMARY_LIMIT = 900_000
"""Bytes; GitHub drops a whole job summary above 1024 kB."""
_CUT = "\n\n… cut here: the whole is in signoff.html\n"


def signoff(decision: Decision) -> dict[str, Any]:
    """The decision as JSON; `schema` changes with its shape."""
    gate = decision.gate
    return {
        "schema": 1,
        "gate": gate.name,
        "verdict": decision.verdict,
        "exit_status": decision.status,
        "made": gate.now.isoformat(timespec="seconds"),
        "version": __version__,
        "environment": {
            "name": gate.environment.name,
            "account": gate.environment.account,
            "regions": list(gate.environment.regions),
            "is_aws": gate.environment.is_aws,
        },
        "contract_sha256": gate.declared.sha256,
        "runs": [
            {
                "folder": run.folder.name,
                "ended": run.summary["ended"],
                "ledger_sha256": run.ledger_sha256,
                "refused": list(decision.refused.get(run.folder, ())),
            }
            for run in decision.runs
        ],
        "stale": list(decision.stale),
        "criteria": {name: _criterion(it) for name, it in decision.criteria.items()},
        "lapsed_waivers": [
            asdict(waiver) | {"why": why} for waiver, why in decision.lapsed_waivers
        ],
        "open_assumptions": [asdict(it) for it in decision.open_assumptions],
    }


def _criterion(decided: Decided) -> dict[str, Any]:
    return {
        "outcome": decided.outcome,
        "required": decided.required,
        "reason": decided.reason,
        "findings": [_finding(it) for it in decided.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """The finding without its observations, which stay in the run's folder."""
    requests = [it.request_id or it.id for it in finding.observations]
    return vars(finding) | {"observations": requests}


def text(document: dict[str, Any]) -> str:
    """The decision as JSON with a line for each criterion, so that a diff is short."""
    parts = {name: _line(it) for name, it in document.items() if name != "criteria"}
    criteria = [f'"{name}": {_line(it)}' for name, it in document["criteria"].items()]
    parts["criteria"] = "{\n" + ",\n".join(criteria) + "}"
    return "{" + ",\n".join(f'"{name}": {it}' for name, it in parts.items()) + "}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def summary(decision: Decision) -> str:
    """The decision in Markdown, for a CI job's summary; never over its size limit."""
    whole = "\n".join(_summary_lines(decision)) + "\n"
    if len(whole.encode()) <= _SUMMARY_LIMIT:
        return whole
    room = _SUMMARY_LIMIT - len(_CUT.encode())
    return whole.encode()[:room].decode(errors="ignore") + _CUT


def _summary_lines(decision: Decision) -> list[str]:
    gate = decision.gate
    lines = [
        f"# {decision.verdict}: gate {gate.name} of {gate.environment.name}",
        "",
        f"{gate.now:%Y-%m-%d %H:%M} UTC, contract {gate.declared.sha256[:12]}",
        "",
    ]
    for folder, reasons in decision.refused.items():
        lines.append(f"- Refused evidence `{folder.name}`: {'; '.join(reasons)}")
    lines += [f"- Too old: {each}" for each in decision.stale]
    lines += ["", "| criterion | outcome | open in | acts |", "|---|---|---|---|"]
    ordered = sorted(decision.criteria.values(), key=lambda it: not it.blocks)
    lines += [_row(it) for it in ordered]
    if decision.open_assumptions:
        ids = ", ".join(it.id for it in decision.open_assumptions)
        lines += ["", f"Assumptions that nobody has confirmed: {ids}"]
    return lines


def open_reasons(decided: Decided) -> str:
    """What the findings that do not hold say, each thing once."""
    broken = [it for it in decided.findings if it.outcome not in HELD]
    said = Counter(it.reason or it.observed for it in broken)
    return "; ".join(f"{reason} ({count})" for reason, count in said.items())


def _row(decided: Decided) -> str:
    broken = [it for it in decided.findings if it.outcome not in HELD]
    where = "; ".join(f"{it.subject} ({it.region})" for it in broken) or decided.reason
    level = "" if decided.required else " (advisory)"
    title = decided.criterion.title
    cells = [
        f"{decided.criterion.id} {title}{level}",
        f"**{decided.outcome}**" if decided.blocks else str(decided.outcome),
        where,
        decided.criterion.role if decided.blocks else "",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
