"""The replicas of a global table, as one of its regions describes them."""

from collections.abc import Mapping
from typing import Any

from conformance.model.arn import home_of
from conformance.model.errors import NotUnderstoodError
from conformance.model.table import EVENTUAL

ACTIVE = "ACTIVE"
MISSING = "MISSING"
_MEANINGS: Mapping[str, str] = {
    ACTIVE: "",
    "CREATING": "it is being made",
    "CREATION_FAILED": "it could not be made",
    "UPDATING": "its settings are being changed",
    "DELETING": "it is being deleted",
    "REGION_DISABLED": (
        "the region is switched off; after 20 hours the replica leaves the group"
    ),
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS": (
        "its key cannot be used; after 20 hours the replica leaves the group"
    ),
    "ARCHIVING": "its key was lost, and it is being archived",
    "ARCHIVED": "its key was lost, and it is archived",
    "REPLICATION_NOT_AUTHORIZED": "policies or keys do not admit the replication",
}
"""The statuses and what they mean (API_ReplicaDescription)."""


def state_of(replica: Mapping[str, Any], account: str) -> str:
    """Return `ACTIVE`, or what is otherwise with the replica.

    ReplicaArn is described of global tables that span accounts; a replica without it
    is not known to be elsewhere, and is read in its own region.

    Raises:
        NotUnderstoodError: the status is none that is documented.
    """
    region, status = replica["RegionName"], replica["ReplicaStatus"]
    since = replica.get("ReplicaInaccessibleDateTime")
    if status not in _MEANINGS or (since and status == ACTIVE):
        inaccessible = f", inaccessible since {since:%Y-%m-%d}" if since else ""
        raise NotUnderstoodError(
            f"replica in {region} not understood: it is {status}{inaccessible}",
        )
    found = account_of(replica, account)
    facts = (
        _MEANINGS[status],
        f"since {since:%Y-%m-%d %H:%M} UTC" if since else "",
        replica.get("ReplicaStatusDescription", "") if status != ACTIVE else "",
        f"in account {found}" if found != account else "",
    )
    return ", ".join([status, *filter(None, facts)])


def account_of(replica: Mapping[str, Any], account: str) -> str:
    """Return the account that the replica's ARN names; ours if it has no ARN."""
    arn = replica.get("ReplicaArn")
    return home_of(arn).account if arn else account


def consistency_of(description: Mapping[str, Any]) -> str:
    """Return `EVENTUAL` or `STRONG`.

    "If you don't specify this field, the global table consistency mode defaults to
    EVENTUAL" (API_TableDescription).

    Raises:
        NotUnderstoodError: there is a witness, for which a contract has no word.
    """
    witnesses = [
        witness["RegionName"] for witness in description.get("GlobalTableWitnesses", ())
    ]
    if witnesses:
        raise NotUnderstoodError(
            f"not understood: the global table has a witness in {witnesses[0]}",
        )
    return str(description.get("MultiRegionConsistency", EVENTUAL))
