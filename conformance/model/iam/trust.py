"""May a service of AWS assume a role, by the role's trust policy?

Source: IAM User Guide, "Policy evaluation logic" and "The confused deputy problem";
AWS Backup Developer Guide, "IAM service roles".
"""

from conformance.model.errors import NotUnderstoodError
from conformance.model.iam.evaluation import (
    ALLOWED,
    DENIED,
    UNKNOWN,
    Decision,
    Request,
    decide_statements,
)
from conformance.model.iam.statements import Document, Statement, statements

_SOURCES = ("any", "backup-plan:any", "backup-vault:any", "recovery-point:any")
"""Resources that AWS Backup may name as the source; it documents none for this."""


def refusal(policy: Document, service: str, account: str, region: str) -> str:
    """Return why a service of an account cannot assume the role; "" if it can.

    Raises:
        NotUnderstoodError: that depends on something that is not judged here.
    """
    concerned = [
        statement
        for statement in statements(policy)
        if _understood(statement) and _names(statement, service)
    ]
    decisions = {
        _decision(concerned, service, account, f"{region}:{account}:{source}")
        for source in _SOURCES
    }
    if len(decisions) > 1:
        raise NotUnderstoodError(
            f"the trust policy lets {service} in for some values of aws:SourceArn",
        )
    (decision,) = decisions
    if decision.verdict == UNKNOWN:
        keys = ", ".join(sorted(decision.depends_on))
        raise NotUnderstoodError(f"the trust policy asks for {keys}")
    if decision.verdict == DENIED:
        return f"its trust policy denies {service}"
    if decision.verdict == ALLOWED:
        return ""
    return f"its trust policy does not allow {service}"


def _decision(
    concerned: list[Statement], service: str, account: str, source: str
) -> Decision:
    arn = f"arn:aws:{service.partition('.')[0]}:{source}"
    context = {
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
        "aws:securetransport": ("true",),
        "aws:sourceaccount": (account,),
        "aws:sourcearn": (arn,),
    }
    principals = frozenset({("Service", service)})
    request = Request("sts:AssumeRole", "", principals, context=context)
    return decide_statements(concerned, request)


def _understood(statement: Statement) -> bool:
    if statement.excepts_principals or statement.excepts_actions:
        raise NotUnderstoodError(
            f"statement {statement.name} of the trust policy has NotPrincipal or "
            "NotAction",
        )
    return True


def _names(statement: Statement, service: str) -> bool:
    """Return False for a grant to everybody, which is nothing to rely on."""
    return not statement.allows or ("Service", service) in statement.principals
