"""`python -m conformance gate`: one verdict, one page, one exit status."""

import argparse
import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.config.declared import SCHEMAS
from conformance.config.environment import load_environment
from conformance.config.promotion_plan import load_plan
from conformance.gate.decision import Gate, GateResult, judge
from conformance.gate.expected_tests import expected_tests
from conformance.gate.output import (
    open_reasons,
    signoff_document,
    signoff_text,
    summary,
)
from conformance.gate.page.signoff_page import signoff_page
from conformance.gate.previous_signoff import (
    NOT_NAMED,
    SIGNOFF,
    SitGate,
    read_signoff,
    read_sit_gate,
)
from conformance.gate.sealed_run import SealedRun, read_run
from conformance.model.errors import BadInputError
from conformance.run.inputs import Inputs, load_inputs
from conformance.run.ledger import write_manifest

_STAGES = {"sit-deploy": "sit", "sit": "sit", "prod-pre": "prod", "prod": "prod"}


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "gate", help="merge run folders into one sign-off page and one verdict"
    )
    parser.add_argument(
        "--for", dest="gate", required=True, choices=_STAGES, help="which gate"
    )
    parser.add_argument("--env", metavar="ENV", help="default: the gate's own")
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    parser.add_argument(
        "--sit-signoff",
        type=Path,
        metavar="FILE",
        help="the SIT gate's signoff.json, for GOV-14",
    )
    parser.add_argument(
        "--previous",
        type=Path,
        metavar="FILE",
        help="the signoff.json that was signed last, to show what changed since",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="a new folder for the page (default: one in evidence/)",
    )
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN_FOLDER")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    gc.disable()  # all of it is needed to the end; looking for garbage doubles the time
    now = datetime.now(UTC)
    result = judge(*_gate_and_runs(parsed, now))
    gate = result.gate
    previous = read_signoff(parsed.previous) if parsed.previous else None
    promotion_plan = load_plan(gate.inputs.catalogue, gate.inputs.declared)
    name = f"{now:%Y-%m-%dT%H%M%SZ}-gate-{gate.name}-{gate.inputs.environment.name}"
    folder = parsed.output or Path("evidence") / name
    _write(folder, result, signoff_page(result, promotion_plan, previous))
    _print(folder, result)
    return result.status


def _gate_and_runs(
    parsed: argparse.Namespace, now: datetime
) -> tuple[Gate, list[SealedRun]]:
    """Read the files, and the run folders while pytest collects the tests."""
    environment = load_environment(parsed.env or _STAGES[parsed.gate])
    if environment.stage != _STAGES[parsed.gate]:
        raise BadInputError(
            f"--for {parsed.gate} judges {_STAGES[parsed.gate]}; {environment.name} is "
            f"judged as {environment.judged_as}"
        )
    inputs = replace(load_inputs(environment, parsed.schemas), today=now.date())
    sit = _sit_gate(parsed.sit_signoff, inputs, now)
    with ThreadPoolExecutor(1) as thread:
        collection = thread.submit(expected_tests, inputs)
        runs = [read_run(folder) for folder in parsed.runs]
        expected = collection.result()
    return Gate(parsed.gate, inputs, expected, sit, now), runs


def _sit_gate(path: Path | None, inputs: Inputs, now: datetime) -> SitGate:
    if path is None:
        return NOT_NAMED
    maximum_age = inputs.catalogue["GOV-14"].maximum_age
    return read_sit_gate(path, inputs.declared.sha256, maximum_age, now)


def _write(folder: Path, result: GateResult, page: str) -> None:
    """Write everything into a folder that is new: nothing signed is overwritten."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise BadInputError(f"{folder} exists; --output names a new folder") from None
    document = signoff_text(signoff_document(result))
    (folder / SIGNOFF).write_text(document, encoding="utf-8")
    (folder / "signoff.html").write_text(page, encoding="utf-8")
    (folder / "summary.md").write_text(summary(result), encoding="utf-8")
    write_manifest(folder)


def _print(folder: Path, result: GateResult) -> None:
    for run, reasons in result.refused.items():
        print(f"refused : {run}: {'; '.join(reasons)}")
    for criterion in result.stale:
        print(f"too old : {criterion}")
    for waiver, why in result.lapsed_waivers:
        print(
            f"waiver  : {waiver.criterion} of {waiver.subject} excuses nothing: {why}"
        )
    for open_result in result.criteria.values():
        if open_result.blocks:
            line = f"{open_result.outcome:<13}{open_result.criterion.id:<7}"
            print(f"{line}{open_result.reason or open_reasons(open_result)}")
    if result.open_assumptions:
        print(f"{len(result.open_assumptions)} assumptions nobody has confirmed")
    print(f"verdict : {result.verdict}: gate {result.gate.name}")
    print(f"page    : {folder / 'signoff.html'}")
