"""The identity of a contract: a hash of its facts, not of its text."""

import hashlib
import json
from typing import Any


def normalised_sha256(*documents: dict[str, Any]) -> str:
    """The hash over all facts; layout and the wording of assumptions do not count."""
    facts = [
        {k: v for k, v in document.items() if k not in ("$schema", "assumptions")}
        for document in documents
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
