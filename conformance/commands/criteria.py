"""`python -m conformance criteria`: the page that CRITERIA.md is."""

import argparse
from typing import Any

from conformance.commands.criteria_page import criteria_page
from conformance.config.criteria import load_catalogue


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser("criteria", help="print CRITERIA.md")
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    print(criteria_page(load_catalogue()), end="")
    return 0
