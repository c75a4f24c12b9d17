"""The patterns of a policy: wildcards, ARNs, policy variables.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "IAM policy
elements: Variables and tags".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"\$\{(?P<name>[^}]*)\}|(?P<wild>[*?])")
_LITERAL = {"*": "*", "?": "?", "$": "$"}
_WILD = {"*": ".*", "?": "."}


class Unresolved(Exception):  # noqa: N818 - not a failure: the element does not match
    """A policy variable has no single value in this call."""


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Say whether `text` matches `pattern`, in which * and ? are wildcards."""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.fullmatch(_expression(pattern), text, flags) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Say whether `arn` matches `pattern`, segment by segment.

    A wildcard stays within its segment, except in the pattern's last segment,
    where it reaches to the end of the ARN.
    """
    parts = pattern.split(":", 5)
    segments = arn.split(":", len(parts) - 1)
    if len(segments) != len(parts):
        return False
    return all(
        matches(part, segment) for part, segment in zip(parts, segments, strict=True)
    )


def resolved(pattern: str, context: Mapping[str, tuple[str, ...]]) -> str:
    """Replace the policy variables of `pattern`; wildcards in values stay literal.

    Raises Unresolved for a variable without a value and without a default.
    """

    def value(token: re.Match[str]) -> str:
        if token["wild"]:
            return token["wild"]
        return _escaped(_variable(token["name"], context))

    return _TOKEN.sub(value, pattern)


def variables(pattern: str) -> frozenset[str]:
    """Name the condition keys that the variables of `pattern` need."""
    names = (token["name"] for token in _TOKEN.finditer(pattern) if token["name"])
    return frozenset(
        name.partition(",")[0].strip() for name in names if name not in _LITERAL
    )


def _variable(name: str, context: Mapping[str, tuple[str, ...]]) -> str:
    if name in _LITERAL:
        return _LITERAL[name]
    key, _, default = name.partition(",")
    values = context.get(key.strip().lower(), ())
    if len(values) == 1:
        return values[0]
    if default and not values:
        return default.strip().strip("'")
    raise Unresolved(key)


def _escaped(value: str) -> str:
    return re.sub(r"[*?$]", lambda sign: "${" + sign[0] + "}", value)


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> str:
    pieces, position = [], 0
    for token in _TOKEN.finditer(pattern):
        pieces.append(re.escape(pattern[position : token.start()]))
        wild, name = token["wild"], token["name"]
        literal = re.escape(_LITERAL.get(name or "", token[0]))
        pieces.append(_WILD[wild] if wild else literal)
        position = token.end()
    return "".join([*pieces, re.escape(pattern[position:])])
