"""The commands beside pytest and locust: `python -m conformance --help`."""

import argparse
import io
import os
import runpy
import sys
from pathlib import Path

from conformance import __version__
from conformance.commands import (
    accept_baseline,
    attest,
    capture,
    criteria,
    gate,
    history,
    iam_policy,
    prices,
    review_plan,
    standin,
    sweep,
)
from conformance.config.file_reader import ROOT
from conformance.model.errors import BadInputError

BAD_INPUT = 4
_INTERRUPTED = 130
_NOT_READ = 141
_COMMANDS = (
    *(standin, iam_policy, criteria, gate, attest, history, capture, sweep),
    *(accept_baseline, review_plan, prices),
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command, and return the exit status of the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    if not _is_checkout(ROOT):
        _run_in_checkout()
    parsed = _parser().parse_args(arguments)
    try:
        _require_checkout()
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


def _run_in_checkout() -> None:
    """Run the command with the code of the checkout that the working folder is in.

    An installed package has no checks and no criteria of its own, and those of a
    checkout belong to the code beside them.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _is_checkout(folder):
            sys.path.insert(0, str(folder))
            for name in [*sys.modules]:
                if name.partition(".")[0] == "conformance":
                    del sys.modules[name]
            runpy.run_module("conformance", run_name="__main__", alter_sys=True)


def _require_checkout() -> None:
    """Raise BadInputError if there are no checks and criteria to work with."""
    if not _is_checkout(ROOT):
        raise BadInputError(
            "checks, criteria and contract are files of a checkout of this suite, and "
            f"{Path.cwd()} is in none; change to the folder with conformance/, "
            "promotion/ and pytest.ini, and run this again there"
        )


def _is_checkout(folder: Path) -> bool:
    parts = ("conformance/__main__.py", "promotion/criteria.toml", "pytest.ini")
    return all((folder / part).is_file() for part in parts)


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors have the status of all bad input."""

    def error(self, message: str) -> None:  # type: ignore[override] # it never returns
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"ERROR: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m conformance", description=__doc__)
    version = f"conformance {__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
