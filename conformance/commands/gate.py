"""`python -m conformance gate`: one verdict, one page, one exit status."""

import argparse
import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.config.declared import SCHEMAS, Declared
from conformance.config.environment import load_environment
from conformance.config.promotion_plan import load_plan
from conformance.gate.decision import Decision, Gate, decide
from conformance.gate.expected_tests import expected_tests
from conformance.gate.output import open_reasons, signoff, summary, text
from conformance.gate.page.signoff_page import signoff_page
from conformance.gate.previous_signoff import NOT_NAMED, SIGNOFF, SitGate, read_signoff
from conformance.gate.previous_signoff import sit_gate as read_sit_gate
from conformance.gate.sealed_run import SealedRun, read_run
from conformance.model.criterion import Catalogue
from conformance.model.errors import BadInputError
from conformance.run.inputs import load_inputs
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
    gate, runs = _gate(parsed, now)
    decision = decide(gate, runs)
    previous = read_signoff(parsed.previous) if parsed.previous else None
    name = f"{now:%Y-%m-%dT%H%M%SZ}-gate-{gate.name}-{gate.environment.name}"
    folder = parsed.output or Path("evidence") / name
    plan = load_plan(gate.catalogue, gate.declared)
    _write(folder, decision, signoff_page(decision, plan, previous))
    _say(folder, decision)
    return decision.status


def _gate(parsed: argparse.Namespace, now: datetime) -> tuple[Gate, list[SealedRun]]:
    """Read the files and the run folders, while pytest collects what they must hold."""
    environment = load_environment(parsed.env or _STAGES[parsed.gate])
    if environment.stage != _STAGES[parsed.gate]:
        raise BadInputError(
            f"--for {parsed.gate} judges {_STAGES[parsed.gate]}; {environment.name} is "
            f"judged as {environment.judged_as}"
        )
    inputs = load_inputs(environment, parsed.schemas)
    catalogue, declared = inputs.catalogue, inputs.declared
    with ThreadPoolExecutor(1) as thread:
        collection = thread.submit(
            expected_tests, environment, parsed.schemas, declared, catalogue
        )
        runs = [read_run(folder) for folder in parsed.runs]
        expected = collection.result()
    gate = Gate(
        name=parsed.gate,
        environment=environment,
        declared=declared,
        catalogue=catalogue,
        waivers=inputs.waivers,
        attestations=inputs.attestations,
        expected=expected,
        sit=_sit_gate(parsed.sit_signoff, declared, catalogue, now),
        now=now,
    )
    return gate, runs


def _sit_gate(
    path: Path | None, declared: Declared, catalogue: Catalogue, now: datetime
) -> SitGate:
    if path is None:
        return NOT_NAMED
    return read_sit_gate(path, declared.sha256, catalogue["GOV-14"].maximum_age, now)


def _write(folder: Path, decision: Decision, page: str) -> None:
    """Write everything into a folder that is new: nothing signed is overwritten."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise BadInputError(f"{folder} exists; --output names a new folder") from None
    (folder / SIGNOFF).write_text(text(signoff(decision)), encoding="utf-8")
    (folder / "signoff.html").write_text(page, encoding="utf-8")
    (folder / "summary.md").write_text(summary(decision), encoding="utf-8")
    write_manifest(folder)


def _say(folder: Path, decision: Decision) -> None:
    for run, reasons in decision.refused.items():
        print(f"refused : {run}: {'; '.join(reasons)}")
    for each in decision.stale:
        print(f"too old : {each}")
    for waiver, why in decision.lapsed_waivers:
        print(
            f"waiver  : {waiver.criterion} of {waiver.subject} excuses nothing: {why}"
        )
    for decided in decision.criteria.values():
        if decided.blocks:
            line = f"{decided.outcome:<13}{decided.criterion.id:<7}"
            print(f"{line}{decided.reason or open_reasons(decided)}")
    if decision.open_assumptions:
        print(f"{len(decision.open_assumptions)} assumptions nobody has confirmed")
    print(f"verdict : {decision.verdict}: gate {decision.gate.name}")
    print(f"page    : {folder / 'signoff.html'}")
