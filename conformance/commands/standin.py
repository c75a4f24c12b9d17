"""`python -m conformance standin`: serve a local stand-in for AWS."""

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import Any

from conformance.declared import SCHEMAS, load_declared
from conformance.environment import load_environment


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "standin", help="serve a local stand-in for AWS until stopped"
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--provision",
        action="append",
        default=[],
        metavar="ENV",
        help="build this environment first (a name or a TOML file; repeatable)",
    )
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="FILE")
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="stop when standard input ends, and so never outlive who started it",
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
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
