"""The results of a load run: findings, files and the lines of the terminal."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.config.environment import Environment
from conformance.load.latency_histogram import percentile_ms, percentiles_ms
from conformance.load.measurements import STEADY, Meter
from conformance.model.finding import Finding, Observation, Outcome
from conformance.run.findings import weighed
from conformance.run.inputs import Inputs
from conformance.run.run_folder import Run


def findings(
    inputs: Inputs,
    judged: Iterable[Finding],
    observations: tuple[Observation, ...] = (),
) -> Iterable[Finding]:
    """Yield the findings as they stand beside those of pytest's tests."""
    for finding in judged:
        outcome, reason = _provable(inputs.environment, finding)
        complete = replace(
            finding,
            outcome=outcome,
            reason=reason,
            requirement=REQUIREMENTS[finding.criterion],
            numbers=json.loads(json.dumps(finding.numbers)),
            observations=observations if finding.criterion == "PRF-2" else (),
        )
        yield weighed(complete, inputs)


REQUIREMENTS = {
    "PRF-1": "The declared rate MUST be offered, held and reached.\n\n"
    "Requests are due by an absolute plan, so a slow answer delays no other.",
    "PRF-2": "No request MUST be throttled, by our count and by CloudWatch's.\n\n"
    "A table that is throttled through one index is throttled.",
    "PRF-3": "Each operation MUST stay within its latencies under the full load.\n\n"
    "Latency counts from when a request was due, not from when it could be sent.",
    "PRF-4": "Queries of an index MUST stay within their latencies under that load.\n\n"
    "An index has partitions of its own.",
    "PRF-5": "A ramp to the full rate MUST meet no throttling.\n\n"
    "On-demand capacity grows with the load; where it did not, the rate is reported.",
    "PRF-6": "The result MUST be stored, and no worse than the accepted baseline.\n\n"
    "A target alone does not show that a table became slower.",
    "PRF-7": "What a scan takes SHOULD be known.\n\n"
    "It reads the whole table, and is what production must avoid.",
}


def _provable(environment: Environment, finding: Finding) -> tuple[Outcome, str]:
    """Replace the outcome by NOT_ASSESSED where the target cannot prove it.

    Failed requests are an ERROR on any target.
    """
    cannot = environment.cannot_prove.get(finding.criterion)
    if cannot is None or finding.outcome is Outcome.ERROR:
        return finding.outcome, finding.reason
    numbers = finding.numbers if finding.criterion == "PRF-1" else {}
    if numbers.get("failed"):
        return Outcome.ERROR, f"requests failed: {numbers['errors']}"
    if unsent := numbers.get("dropped_waiting"):
        return Outcome.ERROR, f"no connection was free for {unsent} requests"
    measured = f"{finding.outcome}: {finding.reason}"
    return Outcome.NOT_ASSESSED, f"{cannot}. Measured: {measured}"


def write_files(folder: Path, measured: Meter, baseline: Mapping[str, Any]) -> None:
    """Write the histograms, the seconds and the baseline for a next run."""
    _write(folder / "baseline.json", {"schema": 1, "latencies_ms": baseline})
    _write(
        folder / "histograms.json",
        {
            "unit": "us; HdrHistogram V2, base64, as hdrhistogram decodes it",
            "phase": STEADY,
            "send_lag": measured.lag.histogram.encode().decode(),
            **{
                name: [
                    {
                        "table": kind.table,
                        "kind": kind.name,
                        "samples": samples.total,
                        "percentiles_ms": percentiles_ms([samples]),
                        "histogram": samples.histogram.encode().decode(),
                    }
                    for kind, samples in sorted(
                        by_kind.items(), key=lambda pair: str(pair[0])
                    )
                ]
                for name, by_kind in (
                    ("latency", measured.latency),
                    ("service", measured.service),
                )
            },
        },
    )
    names = ("due", "due_writes", "sent", "answered", "answered_writes", "throttled")
    lines = [
        [second, phase, table]
        + [getattr(at, name) for name in (*names, "failed")]
        + [percentile_ms(at.latency, 50), percentile_ms(at.latency, 99)]
        for (second, phase, table), at in sorted(measured.seconds.items())
    ]
    columns = ["second", "phase", "table", *names, "failed", "p50_ms", "p99_ms"]
    _write(folder / "seconds.json", {"columns": columns, "rows": lines})


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, default=str) + "\n", encoding="utf-8")


def terminal_lines(run: Run, measured: Meter, lag_note: str) -> list[str]:
    """Return what the terminal shows at the end: findings, errors, and the folder."""
    lines = [f"! {note}" for note in run.notes]
    for finding in run.findings:
        name = f"{finding.criterion} {finding.subject}"
        lines.append(f"{finding.outcome:<13}{name:<38}{finding.reason}")
    for name, count in _most_frequent_errors(measured):
        sample = measured.samples.get(name, "")
        lines.append(f"error        {count} of {name}: {sample[:120]}")
    lines += [lag_note, f"evidence : {run.folder}"]
    return lines


def _most_frequent_errors(measured: Meter) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for (_, _, name), count in measured.errors.items():
        totals[name] = totals.get(name, 0) + count
    return sorted(totals.items(), key=lambda pair: -pair[1])
