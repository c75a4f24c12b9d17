"""`python -m conformance accept-baseline`: the latencies of a run as a baseline."""

import argparse
import json
from pathlib import Path
from typing import Any

from conformance.config.baselines import BASELINE, FOLDER
from conformance.gate.sealed_run import read_run
from conformance.model.errors import BadInputError
from conformance.model.finding import Outcome


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "accept-baseline", help="make a load run the baseline of its environment"
    )
    parser.add_argument("run_folder", type=Path, metavar="RUN_FOLDER")
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="DIR")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    run = read_run(parsed.run_folder)
    if run.integrity_errors:
        raise BadInputError(
            f"{run.folder} is no evidence: {'; '.join(run.integrity_errors)}"
        )
    try:
        measured = json.loads((run.folder / BASELINE).read_text(encoding="utf-8"))
        tables = set(measured["latencies_ms"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadInputError(f"{run.folder} is no load run: {problem}") from None
    held = {
        finding.subject
        for finding in run.findings()
        if (finding.criterion, finding.outcome) == ("PRF-1", Outcome.PASS)
    }
    if not tables or tables - held:
        raise BadInputError(
            f"{run.folder} did not hold the declared load (PRF-1) of "
            f"{', '.join(sorted(tables - held)) or 'any table'}: it is no baseline"
        )
    name = run.summary["environment"]["name"]
    document = measured | {"run": run.folder.name, "ledger_sha256": run.ledger_sha256}
    parsed.output.mkdir(parents=True, exist_ok=True)
    path = parsed.output / f"{name}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"baseline : {path}; commit it with the reason of whoever accepts it")
    return 0
