"""Operations on a region's settings and on tags."""

from typing import Any

from aws_standin.backup import errors
from aws_standin.backup.paging import page
from aws_standin.backup.records import Place
from aws_standin.backup.service import Service

Parameters = dict[str, Any]


def describe_settings(service: Service, place: Place, _: Parameters) -> Parameters:
    """Answer DescribeRegionSettings."""
    region = service.region(place)
    return {
        "ResourceTypeOptInPreference": dict(region.opted_in),
        "ResourceTypeManagementPreference": dict(region.managed),
    }


def update_settings(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer UpdateRegionSettings: what is named is changed, the rest stays."""
    region = service.region(place)
    wanted = given.get("ResourceTypeOptInPreference") or {}
    managed = given.get("ResourceTypeManagementPreference") or {}
    for known, names in ((region.opted_in, wanted), (region.managed, managed)):
        for name in names:
            if name not in known:
                raise errors.invalid(f"Unknown resource type {name}")
    region.opted_in.update(wanted)
    region.managed.update(managed)
    return {}


def resource_types(service: Service, place: Place, _: Parameters) -> Parameters:
    """Answer GetSupportedResourceTypes."""
    return {"ResourceTypes": list(service.region(place).opted_in)}


def tag(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer TagResource."""
    _tags(service, place, given).update(given["Tags"])
    return {}


def untag(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer UntagResource."""
    tags = _tags(service, place, given)
    for key in given["TagKeyList"]:
        tags.pop(key, None)
    return {}


def list_tags(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListTags."""
    arn = given["ResourceArn"]
    # "values of resourceArn that have an ARN other than arn:aws:backup […] may return
    # one of the exceptions" (botocore model).
    if service.settings.refuse_tags_of_plain_points and ":backup:" not in arn:
        raise errors.invalid(f"Invalid resource ARN {arn}")
    tags = _tags(service, place, given)
    found = page("Tags", [{key: tags[key]} for key in sorted(tags)], given)
    return {**found, "Tags": {k: v for one in found["Tags"] for k, v in one.items()}}


def _tags(service: Service, place: Place, given: Parameters) -> dict[str, str]:
    """Return the tags of a vault, plan or recovery point that is here."""
    arn, region = given["ResourceArn"], service.region(place)
    vaults = {one.arn for one in region.vaults.values()}
    plans = {one.arn for one in region.plans.values() if not one.deleted}
    if arn not in vaults | plans | region.points.keys():
        raise errors.unknown(f"Cannot find resource {arn}")
    return service.store.tags.setdefault(arn, {})
