"""May a service of AWS assume a role, by the role's trust policy?

Source: IAM User Guide, "Policy evaluation logic" and "The confused deputy problem";
AWS Backup Developer Guide, "IAM service roles".
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from conformance.model.iam.statements import understood

_ASSUME = "sts:assumerole"
_SOURCE_ACCOUNT = "aws:sourceaccount"
_EXACT, _LIKE = "stringequals", "stringlike"


class NotUnderstoodError(ValueError):
    """The policy rests on something that is not judged here; the text names it."""


def refusal(policy: Mapping[str, Any], service: str, account: str) -> str:
    """Return why a service of an account cannot assume the role; "" if it can.

    Raises:
        NotUnderstoodError: that depends on something that is not judged here.
    """
    effects = {
        statement["Effect"]
        for statement in understood(policy)
        if _concerns(statement, service) and _holds(statement, account)
    }
    if "Deny" in effects:
        return f"its trust policy denies {service}"
    return "" if "Allow" in effects else f"its trust policy does not allow {service}"


def _concerns(statement: Mapping[str, Any], service: str) -> bool:
    for element in ("NotPrincipal", "NotAction"):
        if element in statement:
            raise NotUnderstoodError(f"a trust policy with {element} is not judged")
    actions = [action.lower() for action in _list(statement["Action"])]
    principal = statement["Principal"]
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    # "*" stands for every principal; as a grant to a service it is nothing to rely on.
    everybody = principal == "*" and statement["Effect"] == "Deny"
    return any(fnmatchcase(_ASSUME, action) for action in actions) and (
        everybody or service in _list(services)
    )


def _holds(statement: Mapping[str, Any], account: str) -> bool:
    return all(
        _condition_holds(operator.lower(), key.lower(), _list(values), account)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _condition_holds(operator: str, key: str, values: list[str], account: str) -> bool:
    if key != _SOURCE_ACCOUNT or operator not in (_EXACT, _LIKE):
        raise NotUnderstoodError(
            f"a trust policy with the condition {operator} {key} is not judged"
        )
    if operator == _EXACT:
        return account in values
    return any(fnmatchcase(account, pattern) for pattern in values)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
