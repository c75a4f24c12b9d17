"""The accepted baseline of an environment: a file that its owner commits."""

import json
from pathlib import Path
from typing import Any

from conformance.config.file_reader import PROMOTION
from conformance.model.errors import BadInputError

FOLDER = PROMOTION / "baselines"
BASELINE = "baseline.json"
"""The file that a load run leaves in its folder."""


def accepted(environment: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """Latencies by table and kind of request; None if none was accepted yet.

    Raises:
        BadInputError: the file is broken.
    """
    path = folder / f"{environment}.json"
    if not path.exists():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return dict(document["latencies_ms"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadInputError(
            f"{path} is no baseline: {problem}; accept one again: python -m "
            "conformance accept-baseline RUN_FOLDER"
        ) from None
