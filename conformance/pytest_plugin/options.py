"""Command lines that would make a result wrong without a word, and are refused."""

import re
from argparse import Namespace

import pytest

from conformance.aws.recording import require_new
from conformance.config.schema_errors import hint
from conformance.model.errors import BadInputError
from conformance.model.suite_keys import WORKERS

_OPERATORS = {"and", "or", "not", "True", "False", "None"}
_QUOTED = re.compile(r"'.*?'|\".*?\"")
_NAME = re.compile(r"[^\W\d]\w*(?!\w|\s*=)")


def refuse_misleading(config: pytest.Config) -> None:
    """Refuse the command line before anything is opened.

    Raises:
        BadInputError: with what to write instead.
    """
    _refuse_unknown_markers(config)
    if config.option.plan and config.option.markexpr != "contract":
        raise BadInputError("--plan is reviewed alone; leave -m out")
    mode = config.getoption("importmode")
    if mode != "importlib":
        raise BadInputError(
            f"--import-mode={mode}: files of the same name stand in several folders of "
            "tests, which importlib alone keeps apart; leave it out"
        )
    processes = len(config.getoption("tx", None) or ())
    if config.getoption("dist", "no") == "loadgroup":
        raise BadInputError(
            "--dist loadgroup does nothing with this pytest (pytest-dev/pytest-xdist"
            "#1386); leave it out"
        )
    if processes > WORKERS:
        raise BadInputError(
            f"-n {processes}: the pool of test items has slots for {WORKERS} workers; "
            f"use -n {WORKERS} or fewer"
        )
    _refuse_recordings(config.option, processes)
    if config.option.dry_run and "dr" not in config.option.markexpr.split():
        raise BadInputError("--dry-run is for drills; add -m dr, or leave it out")
    if processes and "dr" in config.option.markexpr.split():
        raise BadInputError(
            "-m dr refuses -n: restores and measurements must not share a machine; "
            "leave -n out"
        )


def _refuse_recordings(options: Namespace, processes: int) -> None:
    """Refuse what would make no recording, or no replay."""
    words = options.markexpr.split()
    for name in ("record", "replay"):
        if getattr(options, name) and ("live" not in words or "dr" in words):
            raise BadInputError(f"--{name} is for live checks alone; add -m live")
    if options.record and options.replay:
        raise BadInputError("--record keeps what AWS answers; leave --replay out")
    if options.record and processes:
        raise BadInputError("--record needs one process; leave -n out")
    if options.record:
        require_new(options.record)


def _refuse_unknown_markers(config: pytest.Config) -> None:
    """Pytest refuses them too, but only once the environment has been opened."""
    expression = config.option.markexpr
    lines = config.getini("markers")
    known = sorted(line.partition(":")[0].partition("(")[0] for line in lines)
    for word in _NAME.findall(_QUOTED.sub("", expression)):
        if word not in _OPERATORS.union(known):
            raise BadInputError(f"-m {expression}: no marker {word}{hint(word, known)}")
