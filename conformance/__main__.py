"""The commands beside pytest and locust: `python -m conformance --help`."""

import argparse
import io
import os
import sys

from conformance.commands import (
    accept_baseline,
    attest,
    capture,
    criteria,
    gate,
    history,
    iam_policy,
    review_plan,
    standin,
    sweep,
)
from conformance.model.errors import BadInputError

BAD_INPUT = 4
_INTERRUPTED = 130
_NOT_READ = 141
_COMMANDS = (
    *(standin, iam_policy, criteria, gate, attest, history, capture, sweep),
    *(accept_baseline, review_plan),
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command, and return the exit status of the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except BadInputError as problem:
        print(f"ERROR: {problem}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # whoever reads us, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOT_READ
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors have the status of all bad input."""

    def error(self, message: str) -> None:  # type: ignore[override] # it never returns
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"ERROR: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m conformance", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
