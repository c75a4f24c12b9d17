"""Patterns of IAM: `*` stands for any text and `?` for one character."""

import re
from functools import cache

_ARN_PARTS = 6


def like(pattern: str, value: str) -> bool:
    """Return True if the value has the pattern's form; nothing else is special."""
    return bool(_compiled(pattern).fullmatch(value))


def arn_like(pattern: str, arn: str) -> bool:
    """Return True if each of the six parts of an ARN has the pattern's form."""
    wanted, found = (text.split(":", _ARN_PARTS - 1) for text in (pattern, arn))
    return len(wanted) == len(found) and all(map(like, wanted, found))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    signs = {"*": ".*", "?": "."}
    text = "".join(signs.get(sign, re.escape(sign)) for sign in pattern)
    return re.compile(text, re.DOTALL)
