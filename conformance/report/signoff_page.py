"""The page that people sign."""

from typing import Any

from conformance.signoff.decision import Decision


def signoff_page(decision: Decision, previous: dict[str, Any] | None) -> str:
    """One self-contained HTML file."""
    return f"{decision.verdict}{previous}"
