"""The commands beside pytest and locust: `python -m conformance --help`."""

import argparse
import json
import os
import sys
import threading
from pathlib import Path

from conformance.catalogue import load_catalogue
from conformance.declared import SCHEMAS, load_declared
from conformance.environment import load_environment
from conformance.errors import BadInputError
from conformance.iam_policy import policy
from conformance.report.criteria_page import criteria_page

BAD_INPUT = 4


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status is the process's."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except BadInputError as problem:
        print(f"ERROR: {problem}", file=sys.stderr)  # noqa: T201 -- a command line
        return BAD_INPUT
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    standin = commands.add_parser(
        "standin", help="serve a local stand-in for AWS until stopped"
    )
    standin.add_argument("--port", type=int, default=0, help="default: a free one")
    standin.add_argument(
        "--provision",
        action="append",
        default=[],
        metavar="ENV",
        help="build this environment first (a name or a TOML file; repeatable)",
    )
    standin.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    standin.add_argument(
        "--with-parent",
        action="store_true",
        help="stop when standard input ends, and so never outlive who started it",
    )
    standin.set_defaults(run=_standin)
    rights = commands.add_parser(
        "iam-policy", help="print the IAM policy that a run on an environment needs"
    )
    rights.add_argument("--env", required=True, metavar="ENV")
    rights.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    rights.set_defaults(run=_iam_policy)
    criteria = commands.add_parser("criteria", help="print CRITERIA.md")
    criteria.set_defaults(run=_criteria)
    return parser


def _criteria(_: argparse.Namespace) -> int:
    print(criteria_page(load_catalogue()), end="")  # noqa: T201 -- asked for
    return 0


def _iam_policy(parsed: argparse.Namespace) -> int:
    environment = load_environment(parsed.env)
    declared = load_declared(environment, parsed.schemas)
    print(json.dumps(policy(environment, declared), indent=2))  # noqa: T201 -- asked for
    return 0


def _standin(parsed: argparse.Namespace) -> int:
    # Imported here: it takes a second that no other command needs to wait for.
    from conformance.standin.provision import provision  # noqa: PLC0415
    from conformance.standin.server import serve  # noqa: PLC0415

    if parsed.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()

    def build(name: str, endpoint: str) -> None:
        environment = load_environment(name)
        provision(environment, load_declared(environment, parsed.schemas), endpoint)

    serve(parsed.port, parsed.provision, build)
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
