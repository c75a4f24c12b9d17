"""Lists and texts that fit into a line."""

from collections.abc import Sequence


def shortened(names: Sequence[str], most: int) -> str:
    """Join the first names by commas, and say how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def cut(text: str, most: int) -> str:
    """Cut a text to so many characters; an ellipsis says that it was longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
