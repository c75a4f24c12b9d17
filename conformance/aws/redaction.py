"""Secrets and contents of others' items, kept out of observations and recordings."""

import re
from collections.abc import Collection
from typing import Any

from conformance.model import suite_keys
from conformance.model.text import tables_in

HIDDEN = "…"
_VALUE_TYPES = {"S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"}
_SECRET_WORDS = ("secret", "password", "credential", "sessiontoken")
_SECRET_NAMES = re.compile(
    "secret|passw|credential|token|api_?key|access_?key|private_?key", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"  # access key ids
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|(?<=://)[^/\s@]+:[^/\s@]+(?=@)",  # user and password of a URL
    re.DOTALL,
)
_URL_PATH = re.compile(r"^(https?://[^/]+/).*", re.DOTALL)
"""The path of a webhook is its password."""
_ADDRESSES = {"Endpoint", "Address"}
_POLICIES = {"AssumeRolePolicyDocument", "PolicyDocument", "Document"}


def redacted(parameters: Any) -> Any:
    """Return a request's parameters without secrets and without others' items."""
    if isinstance(parameters, dict):
        if len(parameters) == 1 and _VALUE_TYPES.issuperset(parameters):
            return _redacted_value(parameters)
        return {
            name: HIDDEN if _is_secret(name) else redacted(inner)
            for name, inner in parameters.items()
        }
    if isinstance(parameters, list | tuple):
        return [redacted(inner) for inner in parameters]
    if isinstance(parameters, bytes):
        return HIDDEN
    return parameters


def redacted_answer(
    answer: Any, variables: Collection[str], tables: Collection[str] = ()
) -> Any:
    """Return an answer of AWS as a recording may keep it.

    Of a function's environment only these variables keep their values; of others only
    the names of these tables are kept. A tag or field that is named like a secret, and
    text that looks like one, loses its value.
    """
    if isinstance(answer, dict):
        return {
            name: _redacted_field(name, inner, answer, (variables, tables))
            for name, inner in answer.items()
            if name != "ResponseMetadata"
        }
    if isinstance(answer, list | tuple):
        return [redacted_answer(inner, variables, tables) for inner in answer]
    return _SECRET_TEXT.sub(HIDDEN, answer) if isinstance(answer, str) else answer


def shown_address(address: str) -> str:
    """Return an address as a report may show it: a webhook without its path."""
    return _URL_PATH.sub(rf"\1{HIDDEN}", address)


def _redacted_field(
    name: str,
    inner: Any,
    around: dict[str, Any],
    kept: tuple[Collection[str], Collection[str]],
) -> Any:
    variables, tables = kept
    if name == "Variables" and isinstance(inner, dict):
        return {
            variable: value
            if variable in variables
            else " ".join(tables_in(value, tables)) or HIDDEN
            for variable, value in inner.items()
        }
    if name in _POLICIES:
        return inner  # conditions are named after tokens, and hold none
    named = str(around.get("Key", "")) if name == "Value" else name
    if isinstance(inner, str) and _SECRET_NAMES.search(named):
        return HIDDEN
    if name in _ADDRESSES and isinstance(inner, str):
        return shown_address(inner)
    return redacted_answer(inner, variables, tables)


def _redacted_value(typed: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = typed.items()
    if kind in ("S", "N") and suite_keys.is_suite_key(typed):
        return {kind: content}
    return {kind: HIDDEN}


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)
