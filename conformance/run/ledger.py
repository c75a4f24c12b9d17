"""A run's folder: a hash-chained ledger, its summary, and a manifest of hashes."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LEDGER = "ledger.jsonl"
SUMMARY = "run.json"
MANIFEST = "SHA256SUMS"
START = "0" * 64
"""The hash that stands before the first line of a ledger."""


def now() -> str:
    """Return this instant, UTC, in ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat("T", "milliseconds").replace("+00:00", "Z")


class Ledger:
    """Append-only lines, each with the SHA-256 of the line before it."""

    def __init__(self, path: Path) -> None:
        """Start an empty ledger."""
        self._file = path.open("x", encoding="utf-8")
        self._previous = START
        self._lines = 0

    def append(self, kind: str, content: Any) -> None:
        """Write one line through to the disk's buffers."""
        line = text_of(
            {
                "line": self._lines,
                "time": now(),
                "kind": kind,
                "content": content,
                "previous": self._previous,
            }
        )
        self._file.write(line + "\n")
        self._file.flush()
        self._previous = hashlib.sha256(line.encode()).hexdigest()
        self._lines += 1

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def text_of(value: Any) -> str:
    """Return one line of JSON with sorted names; other values become text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def write_summary(folder: Path, summary: dict[str, Any]) -> None:
    """Write `run.json` in one piece: a reader never finds half of it."""
    text = json.dumps(summary, indent=1, ensure_ascii=False, default=str)
    new = folder / f"{SUMMARY}.new"
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(folder / SUMMARY)


def write_manifest(folder: Path) -> None:
    """Write the SHA-256 of every file, as `sha256sum --check` reads it."""
    files = sorted(
        file for file in folder.rglob("*") if file.is_file() and file.name != MANIFEST
    )
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder)}"
        for file in files
    ]
    (folder / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")
