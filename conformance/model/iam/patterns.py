"""The patterns of IAM policies: `*` and `?`, in texts, actions and ARNs.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "… Action".
"""

import re
from functools import lru_cache

_ARN_PARTS = 6
_WILD = {"*": ".*", "?": "."}


def wild(text: str) -> bool:
    """Return True if a text stands for more than itself: a wildcard or a variable."""
    return any(sign in text for sign in ("*", "?", "${"))


def matches(pattern: str, text: str) -> bool:
    """Return True if the text fits the pattern; capital letters count."""
    return _expression(pattern).fullmatch(text) is not None


def action_matches(pattern: str, action: str) -> bool:
    """Return True if an action fits; capital letters do not count."""
    return matches(pattern.lower(), action.lower())


def arn_matches(pattern: str, arn: str) -> bool:
    """Return True if an ARN fits, segment by segment.

    The last segment of the pattern reaches to the end of the ARN.
    """
    if pattern == "*":
        return True
    parts = pattern.split(":", _ARN_PARTS - 1)
    segments = arn.split(":", len(parts) - 1)
    return len(parts) == len(segments) and all(map(matches, parts, segments))


def account_of(principal: str) -> str:
    """Return the account of an ARN or account id; "" without one, or for a wildcard."""
    if re.fullmatch(r"\d{12}", principal):
        return principal
    parts = principal.split(":", _ARN_PARTS - 1)
    whole = len(parts) == _ARN_PARTS and re.fullmatch(r"\d{12}", parts[4])
    return parts[4] if whole else ""


def covers(wide: str, narrow: str) -> bool:
    """Return True if whatever fits the second pattern fits the first one too.

    May be False where it is so: a pattern is compared as a text.
    """
    return matches(wide, narrow)


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    pieces = (_WILD.get(sign, re.escape(sign)) for sign in pattern)
    return re.compile("".join(pieces), re.DOTALL)
