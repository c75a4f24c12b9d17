"""Operations on the selections of a plan: CreateBackupSelection and its kin."""

from typing import Any

from aws_standin.backup import api_shapes, errors
from aws_standin.backup.paging import page
from aws_standin.backup.records import Document, Place, Selection
from aws_standin.backup.service import Service
from aws_standin.backup.store import new_id
from aws_standin.protocols.messages import AwsError

Parameters = dict[str, Any]
_ARNS, _PATTERNS = 500, 30
"""Without and with wildcards (botocore model, BackupSelection.Resources)."""


def create(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer CreateBackupSelection."""
    plan_id, document = given["BackupPlanId"], given["BackupSelection"]
    region = service.region(place)
    plan = region.plans.get(plan_id)
    if plan is None or plan.deleted:
        raise errors.invalid(f"Cannot find Backup plan with ID {plan_id}")
    request_id = given.get("CreatorRequestId")
    for one in region.selections_of(plan_id):
        if request_id and one.request_id == request_id:
            return _made(one)
    _check(document)
    errors.checked(service.role_problem(document["IamRoleArn"]))
    name = document["SelectionName"]
    if any(
        one.document["SelectionName"] == name for one in region.selections_of(plan_id)
    ):
        raise AwsError(
            "AlreadyExistsException", f"Backup selection {name} already exists"
        )
    selection = Selection(
        new_id().lower(), plan_id, service.now(), document, request_id
    )
    region.selections[selection.id] = selection
    return _made(selection)


def get(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer GetBackupSelection."""
    one = _selection(service, place, given)
    return api_shapes.present(
        BackupSelection=one.document,
        SelectionId=one.id,
        BackupPlanId=one.plan_id,
        CreationDate=one.created,
        CreatorRequestId=one.request_id,
    )


def list_all(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListBackupSelections."""
    plan = errors.plan(service, place, given["BackupPlanId"])
    found = service.region(place).selections_of(plan.id)
    return page(
        "BackupSelectionsList", [api_shapes.selection(one) for one in found], given
    )


def delete(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DeleteBackupSelection."""
    one = _selection(service, place, given)
    del service.region(place).selections[one.id]
    return {}


def _selection(service: Service, place: Place, given: Parameters) -> Selection:
    one = service.region(place).selections.get(given["SelectionId"])
    if one is None or one.plan_id != given["BackupPlanId"]:
        raise errors.unknown(
            f"Cannot find Backup selection with ID {given['SelectionId']}"
        )
    return one


def _made(one: Selection) -> Parameters:
    return {
        "SelectionId": one.id,
        "BackupPlanId": one.plan_id,
        "CreationDate": one.created,
    }


def _check(document: Document) -> None:
    errors.required(document, "SelectionName", "IamRoleArn")
    if not errors.NAME.fullmatch(document["SelectionName"]):
        raise errors.invalid(
            f"Backup selection name {document['SelectionName']} is not valid"
        )
    for member in ("Resources", "NotResources"):
        errors.checked(_arn_problem(member, document.get(member) or []))
    for one in document.get("ListOfTags") or []:
        if one["ConditionType"] != "STRINGEQUALS":
            raise errors.invalid(f"Unknown condition type {one['ConditionType']}")


def _arn_problem(member: str, arns: list[str]) -> str | None:
    patterns = [arn for arn in arns if "*" in arn]
    if len(arns) > _ARNS or len(patterns) > _PATTERNS:
        return f"{member}: at most {_ARNS} ARNs, or {_PATTERNS} with wildcards"
    for arn in arns:
        if arn != "*" and not arn.startswith("arn:"):
            return f"Invalid ARN: {arn}"
    return None
