"""`python -m conformance history`: criteria over time, from a folder of runs."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.gate.sealed_run import SealedRun, read_run
from conformance.model.errors import BadInputError
from conformance.run.ledger import SUMMARY

_SIGNS = {
    "PASS": "✓",
    "ATTESTED": "✓",
    "WAIVED": "~",
    "NOT_APPLICABLE": "-",
    "NOT_ASSESSED": "?",
    "FAIL": "✗",
    "ERROR": "!",
}


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser("history", help="print criteria over a folder of runs")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("evidence"))
    parser.add_argument("--env", metavar="NAME", help="only runs of this environment")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    if not parsed.folder.is_dir():
        raise BadInputError(f"{parsed.folder}: there is no such folder")
    folders = sorted(file.parent for file in parsed.folder.glob(f"*/{SUMMARY}"))
    runs = [run for run in map(read_run, folders) if _is_wanted(run, parsed.env)]
    runs.sort(key=lambda run: run.ended)
    for number, run in enumerate(runs, 1):
        damaged = (
            f"  refused: {'; '.join(run.integrity_errors)}"
            if run.integrity_errors
            else ""
        )
        print(f"{number:>3}  {run.ended:%Y-%m-%d %H:%M}Z  {run.folder.name}{damaged}")
    print()
    for line in _lines([run for run in runs if not run.integrity_errors]):
        print(line)
    print(f"\n{'  '.join(f'{sign} {word}' for word, sign in _SIGNS.items())}")
    return 0


def _is_wanted(run: SealedRun, environment: str | None) -> bool:
    return environment in (None, run.summary["environment"]["name"])


def _lines(runs: list[SealedRun]) -> Iterable[str]:
    """Yield a line for each criterion that any run decided, oldest run first."""
    decided = [
        {finding["criterion"] for finding in run.summary["findings"]} for run in runs
    ]
    for name in runs[-1].summary["criteria"] if runs else ():
        if any(name in criteria for criteria in decided):
            signs = " ".join(
                _SIGNS[run.summary["criteria"][name]] if name in criteria else "·"
                for run, criteria in zip(runs, decided, strict=True)
            )
            yield f"{name:<7} {signs}"
