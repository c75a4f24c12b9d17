"""The work of the AWS provider on a resource that a Terraform plan changes in place.

Sources, read on 2026-11-28: the provider's `internal/service/dynamodb/table.go` of
versions 5.100 and 6.x (resourceTableUpdate, updateReplica, updateDiffGSI,
cycleStreamEnabled), `table_replica.go`, and its folders `kms` and `backup`.
"""

from collections.abc import Mapping

_AWS = "AWS sets it"
_OWN = "Terraform's own"
_LABEL = "a label"
_IN_PLACE = "the service changes it in place, and the data stay"
_CREATION = "the provider reads it at creation only"
_TFP_4 = f"{_IN_PLACE}; TFP-4 judges it"
_TFP_5 = f"{_IN_PLACE}; TFP-5 judges it"
_TAGS = {"tags": _LABEL, "tags_all": _LABEL}
_COMPUTED = {
    "arn": _AWS,
    "id": _AWS,
    "region": "version 6 writes it down; another region replaces the resource",
    "timeouts": _OWN,
}

_TABLE = {
    **_COMPUTED,
    **_TAGS,
    "billing_mode": _TFP_4,
    "deletion_protection_enabled": _TFP_5,
    "import_table": _CREATION,
    "on_demand_throughput": _TFP_4,
    "point_in_time_recovery": _TFP_5,
    "read_capacity": _TFP_4,
    "restore_backup_arn": _CREATION,
    "restore_date_time": _CREATION,
    "restore_source_name": _CREATION,
    "restore_source_table_arn": _CREATION,
    "restore_to_latest_time": _CREATION,
    "server_side_encryption": _TFP_5,
    "stream_arn": _AWS,
    "stream_enabled": _TFP_5,
    "stream_label": _AWS,
    "stream_view_type": _TFP_5,
    "table_class": _IN_PLACE,
    "ttl": _TFP_5,
    "warm_throughput": "it is raised in place; a lower one replaces the table",
    "write_capacity": _TFP_4,
}
_REPLICA = {
    **_COMPUTED,
    **_TAGS,
    "deletion_protection_enabled": _TFP_5,
    "point_in_time_recovery": _TFP_5,
    "propagate_tags": _LABEL,
    "stream_arn": _AWS,
    "stream_label": _AWS,
    "table_class_override": _IN_PLACE,
}
_INDEX = {
    "on_demand_throughput": _TFP_4,
    "read_capacity": _TFP_4,
    "write_capacity": _TFP_4,
}
_KEY = {
    **_COMPUTED,
    **_TAGS,
    "bypass_policy_lockout_safety_check": _OWN,
    "deletion_window_in_days": "it counts from a deletion, which TFP-3 shows",
    "description": _LABEL,
    "enable_key_rotation": "older material stays; ENC-3 judges it",
    "key_id": _AWS,
    "key_rotation_enabled": _AWS,
    "key_state": _AWS,
    "rotation_period_in_days": "older material stays",
}
_VAULT = {
    **_COMPUTED,
    **_TAGS,
    "force_destroy": "it counts at a deletion, which TFP-3 shows",
    "recovery_points": _AWS,
}

HARMLESS: Mapping[str, Mapping[str, str]] = {
    "aws_backup_logically_air_gapped_vault": _VAULT,
    "aws_backup_vault": _VAULT,
    "aws_dynamodb_global_table": _COMPUTED,
    "aws_dynamodb_global_secondary_index": {
        **_COMPUTED,
        "on_demand_throughput": _IN_PLACE,
        "provisioned_throughput": _IN_PLACE,
    },
    "aws_dynamodb_table": _TABLE,
    "aws_dynamodb_table_replica": _REPLICA,
    "aws_kms_external_key": _KEY,
    "aws_kms_key": _KEY,
    "aws_kms_replica_external_key": _KEY,
    "aws_kms_replica_key": _KEY,
    "global_secondary_index": _INDEX,
    "replica": _REPLICA,
}
"""The attributes of a type or a block that may change in place, with the reason."""

REMADE: Mapping[str, frozenset[str]] = {
    "aws_dynamodb_table_replica": frozenset({"kms_key_arn"}),
    "global_secondary_index": frozenset(
        {"hash_key", "non_key_attributes", "projection_type", "range_key"}
    ),
    "replica": frozenset({"consistency_mode", "kms_key_arn"}),
}
"""The attributes for which the provider deletes the thing and creates it anew."""
