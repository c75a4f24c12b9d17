"""`python -m conformance iam-policy`: the rights that a run needs."""

import argparse
import json
from pathlib import Path
from typing import Any

from conformance.aws.iam_policy import policy
from conformance.config.declared import SCHEMAS, load_declared
from conformance.config.environment import load_environment


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "iam-policy", help="print the IAM policy that a run on an environment needs"
    )
    parser.add_argument("--env", required=True, metavar="ENV")
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    environment = load_environment(parsed.env)
    declared = load_declared(environment, parsed.schemas)
    print(json.dumps(policy(environment, declared), indent=2))
    return 0
