"""`python -m conformance iam-policy`: the rights that a run needs."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from conformance.aws.iam_documents import (
    LIMIT,
    Documents,
    cut,
    documents,
    size,
)
from conformance.aws.iam_policy import rights_elsewhere
from conformance.commands.iam_policy_folder import write_folder
from conformance.config.declared import SCHEMAS, load_declared
from conformance.config.environment import load_environment


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "iam-policy", help="print the IAM policies that a run on an environment needs"
    )
    parser.add_argument("--env", required=True, metavar="ENV")
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write a JSON file for each policy, and Terraform that attaches them",
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    environment = load_environment(parsed.env)
    declared = load_declared(environment, parsed.schemas)
    needed = documents(environment, declared)
    elsewhere = cut({"restore": rights_elsewhere(environment, declared)})
    into = environment.restore_into
    by_folder = {"": needed.by_name}
    if into and elsewhere:
        by_folder[f"account-{into.account}"] = elsewhere
    if parsed.output:
        write_folder(parsed.output, environment.name, by_folder)
    else:
        named = {
            f"{folder}/{name}".strip("/"): document
            for folder, found in by_folder.items()
            for name, document in found.items()
        }
        print(json.dumps(named, indent=2))
    _explain(needed, by_folder)
    return 0


def _explain(needed: Documents, by_folder: dict[str, Any]) -> None:
    """Say on standard error what standard output, or the folder, holds."""
    for folder, found in by_folder.items():
        where = folder.replace("-", " ") if folder else "the environment's account"
        print(f"for a role in {where}:", file=sys.stderr)
        for name, document in found.items():
            length = f"{size(document)} of {LIMIT} characters"
            print(f"  {name}: {length}", file=sys.stderr)
    for remark in needed.remarks:
        print(remark, file=sys.stderr)
