"""The hash of the settings in an answer, by which an attestation knows them again.

Times, counts and states are left out: they change although nobody changed a setting.
A hash that changes too often makes an attestation lapse, which is safe.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from conformance.model.operations import READ

_NO_SETTINGS = frozenset(
    {
        *("DescribeAlarmHistory", "FilterLogEvents", "GetHealthCheckStatus"),
        *("GetMetricData", "GetObject", "GetTrailStatus", "ListBackupJobs"),
        *("ListCopyJobs", "ListMetrics", "ListObjectsV2", "LookupEvents"),
        "ListRecoveryPointsByBackupVault",
    }
)
"""Operations whose answers tell what happened."""
_NO_SETTING = frozenset(
    {
        *("ResponseMetadata", "NextToken", "Marker", "nextToken", "NextMarker"),
        *("ItemCount", "TableSizeBytes", "IndexSizeBytes", "NumberOfRecoveryPoints"),
        *("StateValue", "StateReason", "StateReasonData", "EvaluationState"),
        *("SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted"),
        *("CalculatedSpend", "RoleLastUsed", "ConsumedCapacity"),
        *("DimensionalValueCount", "LastEvaluatedDate", "NotificationState"),
    }
)
"""Members that change by themselves."""


def settings_digest(service: str, operation: str, answer: dict[str, Any]) -> str:
    """Return the hash of what is set, as hexadecimal digits; empty if nothing is."""
    if operation not in READ.get(service, ()) or operation in _NO_SETTINGS:
        return ""
    return digest(_settings(answer))


def digest(value: Any) -> str:
    """Return 16 hexadecimal digits that only this JSON value has."""
    text = json.dumps(value, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:16]


def _settings(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: _settings(inner)
                for name, inner in value.items()
                if name not in _NO_SETTING and not isinstance(inner, datetime)
            }
        case list():
            return [_settings(inner) for inner in value]
    return value
