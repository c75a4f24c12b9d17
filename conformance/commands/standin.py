"""`python -m conformance standin`: serve a local stand-in for AWS."""

import argparse
import contextlib
import os
import threading
from pathlib import Path
from typing import Any

from conformance.config.declared import SCHEMAS, load_declared
from conformance.config.environment import load_environment
from conformance.demo import provision
from conformance.run.standin_process import bare_standin


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
    _forget_aws_settings()
    with bare_standin(parsed.port) as standin, contextlib.suppress(KeyboardInterrupt):
        if parsed.with_parent:
            threading.Thread(target=_end_with_parent, daemon=True).start()
        for name in parsed.provision:
            environment = load_environment(name)
            declared = load_declared(environment, parsed.schemas)
            provision(environment, declared, standin.endpoint)
        print(f"ready {standin.endpoint}", flush=True)
        standin.wait()
    return 0


def _forget_aws_settings() -> None:
    """Drop settings of the AWS CLI: a profile that is not there stops boto3."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = os.devnull


def _end_with_parent() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held at the exit
        pass
    os._exit(0)  # which closes the stand-in's standard input, and so ends it
