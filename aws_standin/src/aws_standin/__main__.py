"""`python -m aws_standin`: serve the stand-in on loopback until stopped."""

import argparse
import errno
import os
import sys
import threading

from aws_standin.server import serve

CANNOT_SERVE = 4


def main(arguments: list[str] | None = None) -> int:
    """Serve at the port that the command line names."""
    _forget_aws_settings()
    parser = argparse.ArgumentParser(prog="python -m aws_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="stop when standard input ends, and so never outlive the caller",
    )
    parsed = parser.parse_args(arguments)
    if parsed.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        serve(parsed.port)
    except (OSError, OverflowError) as problem:
        print(f"ERROR: {_reason(parsed.port, problem)}", file=sys.stderr)  # noqa: T201 - a command line prints
        return CANNOT_SERVE
    return 0


def _reason(port: int, problem: Exception) -> str:
    if isinstance(problem, OverflowError):
        return f"port {port} does not exist; choose one of 1 to 65535, or 0 for any"
    if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program; choose another, or 0 for any"
    return f"port {port} cannot be opened: {problem}"


def _forget_aws_settings() -> None:
    """Drop settings of the AWS CLI: a profile that is not there stops botocore."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = os.devnull


def _end_with_parent() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held at the exit
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
