"""`python -m aws_standin`: serve the stand-in on loopback until stopped."""

import argparse
import os
import sys
import threading

from aws_standin.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Serve at the port that the command line names."""
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
        parser.error(f"--port {parsed.port}: {problem}")
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
