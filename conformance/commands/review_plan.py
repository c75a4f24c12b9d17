"""`python -m conformance review-plan`: judge a Terraform plan before it is applied."""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.config.declared import SCHEMAS
from conformance.config.file_reader import ROOT

_CHECKS = ROOT / "tests" / "contract" / "test_terraform.py"


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "review-plan", help="judge a Terraform plan by the contract; asks nobody"
    )
    parser.add_argument("--env", required=True, metavar="ENV")
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    parser.add_argument(
        "--evidence",
        type=Path,
        default=Path("evidence"),
        metavar="DIR",
        help="where the run folder goes (default: evidence)",
    )
    parser.add_argument(
        "plan", type=Path, metavar="PLAN.json", help="from terraform show -json"
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    """Run the checks; the exit status is pytest's, which is the suite's."""
    options = [
        f"--{name}={getattr(parsed, name)}"
        for name in ("env", "schemas", "evidence", "plan")
    ]
    where = [f"--rootdir={ROOT}", "-c", str(ROOT / "pytest.ini"), str(_CHECKS)]
    command = [sys.executable, "-m", "pytest", *where, *options]
    return subprocess.run(command, check=False).returncode
