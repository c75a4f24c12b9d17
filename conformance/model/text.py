"""Lists and texts that fit into a line."""

import re
from collections.abc import Iterable, Sequence


def shortened(names: Sequence[str], most: int) -> str:
    """Join the first names by commas, and say how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def cut(text: str, most: int) -> str:
    """Cut a text to so many characters; an ellipsis says that it was longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def tables_in(text: str, names: Iterable[str]) -> list[str]:
    """Return the tables that a text names, sorted: alone, or as a part of an ARN.

    A table's name consists of letters, digits, `_`, `-` and `.`, so that a longer name
    is another table's.
    """
    words = set(re.findall(r"[\w.-]+", text, re.ASCII))
    return sorted(words & set(names))
