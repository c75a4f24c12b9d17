"""Turns what a load run says into findings, files and an exit status."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.config.waivers import waived
from conformance.load.durations import percentiles_ms, second_ms
from conformance.load.measurements import STEADY, Meter
from conformance.load.verdicts import Said
from conformance.model.finding import Finding, Observation, Outcome
from conformance.model.load_criteria import test_of
from conformance.run.run_folder import Run
from conformance.run.session import Suite


def findings(
    suite: Suite,
    region: str,
    said: Iterable[Said],
    observations: tuple[Observation, ...] = (),
) -> Iterable[Finding]:
    """As findings beside those of pytest's tests; waivers apply."""
    for each in said:
        criterion = suite.catalogue[each.criterion]
        outcome, reason = _provable(suite, each)
        finding = Finding(
            criterion=each.criterion,
            test=test_of(each.criterion, region, each.subject),
            subject=each.subject,
            region=region,
            outcome=outcome,
            reason=reason,
            observed=each.observed,
            declared=each.declared,
            required=criterion.required_in(suite.environment.stage),
            excused=each.criterion in suite.environment.cannot_prove,
            requirement=REQUIREMENTS[each.criterion],
            numbers=json.loads(json.dumps(each.numbers)),
            observations=observations if each.criterion == "PRF-2" else (),
        )
        yield waived(finding, suite.waivers, suite.environment.name, suite.today)


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
    "On-demand capacity grows with the load; where it did not, the rate is told.",
    "PRF-6": "The result MUST be stored, and no worse than the accepted baseline.\n\n"
    "A target alone does not show that a table became slower.",
    "PRF-7": "What a scan takes SHOULD be known.\n\n"
    "It reads the whole table, and is what production must avoid.",
}


def _provable(suite: Suite, said: Said) -> tuple[Outcome, str]:
    """What this target cannot prove it does not; requests that fail are told."""
    cannot = suite.environment.cannot_prove.get(said.criterion)
    if cannot is None or said.outcome is Outcome.ERROR:
        return said.outcome, said.reason
    if said.criterion == "PRF-1" and said.numbers.get("failed"):
        return Outcome.ERROR, f"requests failed: {said.numbers['errors']}"
    if said.criterion == "PRF-1" and (unsent := said.numbers.get("dropped_waiting")):
        return Outcome.ERROR, f"no connection was free for {unsent} requests"
    return Outcome.NOT_ASSESSED, f"{cannot}. Measured: {said.outcome}: {said.reason}"


def write_files(folder: Path, measured: Meter, baseline: Mapping[str, Any]) -> None:
    """The histograms, the seconds and what a next run is compared with."""
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
                        "samples": it.total,
                        "percentiles_ms": percentiles_ms([it]),
                        "histogram": it.histogram.encode().decode(),
                    }
                    for kind, it in sorted(of.items(), key=lambda each: str(each[0]))
                ]
                for name, of in (
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
        + [second_ms(at.latency, 50), second_ms(at.latency, 99)]
        for (second, phase, table), at in sorted(measured.seconds.items())
    ]
    columns = ["second", "phase", "table", *names, "failed", "p50_ms", "p99_ms"]
    _write(folder / "seconds.json", {"columns": columns, "rows": lines})


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, default=str) + "\n", encoding="utf-8")


def tell(run: Run, measured: Meter, lag_note: str) -> list[str]:
    """What the terminal shows at the end: criteria by table, and where to look."""
    lines = [f"! {it}" for it in run.remarks]
    for finding in run.findings:
        name = f"{finding.criterion} {finding.subject}"
        lines.append(f"{finding.outcome:<13}{name:<38}{finding.reason}")
    for name, count in _most(measured):
        sample = measured.samples.get(name, "")
        lines.append(f"error        {count} of {name}: {sample[:120]}")
    lines += [lag_note, f"evidence : {run.folder}"]
    return lines


def _most(measured: Meter) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for (_, _, name), count in measured.errors.items():
        totals[name] = totals.get(name, 0) + count
    return sorted(totals.items(), key=lambda it: -it[1])
