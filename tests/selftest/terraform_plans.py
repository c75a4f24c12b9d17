"""Terraform plans in Terraform's own JSON format, made from the contract."""

import copy
import json
from datetime import UTC, datetime

from conformance.config.environment import load_environment
from tests.selftest.own_contract import own_declared
from tests.selftest.twin_env import contract

REGION = "eu-west-1"
ACCOUNT = "815856636111"
PROVIDER = "registry.terraform.io/hashicorp/aws"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000001"
PLAN_ID = "0a1b2c3d-0000-4000-8000-000000000002"


def created(*tables, env="sit"):
    """A plan that makes everything that is declared, in an empty account."""
    environment = load_environment(env)
    backups = own_declared(environment).backups
    role = f"arn:aws:iam::{environment.account}:role/{backups.role}"
    found = contract(*tables)["tables"]
    changes = [_table(name, table, environment) for name, table in found.items()]
    key = {"enable_key_rotation": True}
    changes += [
        _create("aws_kms_key", "tables", key, ("arn", "id")),
        _create("aws_backup_vault", "vault", {"name": backups.vault}, ("arn", "id")),
        _create("aws_backup_plan", "hourly", _backup_plan(backups), ("arn", "id")),
        _create(
            "aws_backup_selection",
            "tables",
            {
                "name": "tables",
                "iam_role_arn": role,
                "resources": [],
                "selection_tag": [
                    {"key": "Project", "type": "STRINGEQUALS", "value": "bbws"}
                ],
            },
            ("id", "plan_id", "condition", "not_resources"),
        ),
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"region": {"value": environment.regions[0]}},
        "planned_values": _planned_values(changes),
        "resource_changes": changes,
        "configuration": _configuration(changes),
        "timestamp": _this_hour(),
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def _this_hour():
    """The time of all plans: a schedule is then worked through once."""
    now = datetime.now(UTC).replace(minute=0, second=0)
    return now.isoformat(timespec="seconds")


def applied(plan):
    """The plan of the next day: everything is there, and nothing is to be done."""
    plan = copy.deepcopy(plan)
    for change in plan["resource_changes"]:
        after = change["change"]["after"]
        if change["type"] == "aws_dynamodb_table":
            after["arn"] = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{after['name']}"
            after["server_side_encryption"][0]["kms_key_arn"] = KEY_ARN
        more = {
            "aws_kms_key": {"arn": KEY_ARN},
            "aws_backup_plan": {"id": PLAN_ID},
            "aws_backup_selection": {
                "plan_id": PLAN_ID,
                "condition": [],
                "not_resources": [],
            },
        }
        after |= more.get(change["type"], {})
        change["change"] = {
            "actions": ["no-op"],
            "before": after,
            "after": copy.deepcopy(after),
            "after_unknown": {},
        }
    plan["planned_values"] = _planned_values(plan["resource_changes"])
    return plan


def change(plan, kind, key=None):
    """The change of one resource: of a type, with this key of for_each or name."""
    (found,) = [
        change["change"]
        for change in plan["resource_changes"]
        if change["type"] == kind and key in (None, change.get("index"), change["name"])
    ]
    return found


def write(plan, folder, name="plan.json"):
    """Write the plan to a file."""
    path = folder / name
    path.write_text(
        plan if isinstance(plan, str) else json.dumps(plan), encoding="utf-8"
    )
    return path


def _create(kind, name, after, unknown, index=None):
    own = f"{kind}.{name}"
    return {
        "address": own if index is None else f'{own}["{index}"]',
        "mode": "managed",
        "type": kind,
        "name": name,
        **({} if index is None else {"index": index}),
        "provider_name": PROVIDER,
        "change": {
            "actions": ["create"],
            "before": None,
            "after": after,
            "after_unknown": dict.fromkeys(unknown, True),
        },
    }


def _table(name, declared, environment):
    keys = [declared, *declared["indexes"].values()]
    attributes = {
        key[part]["name"]: key[part]["type"]
        for key in keys
        for part in ("partition_key", "sort_key")
        if part in key
    }
    indexes = [
        {"name": index} | _key(definition) | _projection(definition["projection"])
        for index, definition in declared["indexes"].items()
    ]
    recovery = declared["point_in_time_recovery"]
    after = {
        "name": environment.physical(name),
        "billing_mode": declared["capacity_mode"],
        "deletion_protection_enabled": declared["deletion_protection"],
        **_key(declared),
        "attribute": [{"name": k, "type": v} for k, v in attributes.items()],
        "global_secondary_index": indexes,
        "local_secondary_index": [],
        "point_in_time_recovery": [
            {"enabled": True, "recovery_period_in_days": recovery["days"]}
        ],
        "replica": [],
        "server_side_encryption": [{"enabled": True}],
        **_stream(
            declared["stream"].get(environment.stage, declared["stream"]["default"])
        ),
        "tags": declared["tags"],
        "tags_all": declared["tags"],
    }
    made = _create("aws_dynamodb_table", "table", after, ("arn", "id", "ttl"), name)
    made["change"]["after_unknown"] |= {
        "global_secondary_index": [{"read_capacity": True} for _ in indexes],
        "server_side_encryption": [{"kms_key_arn": True}],
        "replica": [],
        "tags": {},
    }
    return made


def _stream(view):
    if view == "OFF":
        return {"stream_enabled": False, "stream_view_type": ""}
    return {"stream_enabled": True, "stream_view_type": view}


def _key(entry):
    sort = entry.get("sort_key")
    return {
        "hash_key": entry["partition_key"]["name"],
        "range_key": sort["name"] if sort else None,
    }


def _projection(entry):
    return {
        "projection_type": entry["type"],
        "non_key_attributes": entry.get("attributes", []),
    }


def _backup_plan(backups):
    rule = {
        "rule_name": "hourly",
        "target_vault_name": backups.vault,
        "schedule": "cron(0 * * * ? *)",
        "schedule_expression_timezone": "Etc/UTC",
        "start_window": 60,
        "completion_window": 180,
        "lifecycle": [{"delete_after": backups.retention.days}],
        "copy_action": [],
    }
    return {"name": backups.plan, "rule": [rule]}


def _planned_values(changes):
    standing = [
        {
            "address": change["address"],
            "mode": change["mode"],
            "type": change["type"],
            "name": change["name"],
            "values": change["change"]["after"],
        }
        for change in changes
        if change["change"]["after"] is not None
    ]
    return {"root_module": {"resources": standing}}


def _configuration(changes):
    """What the configuration says; the expressions that the review looks at."""
    refers = {
        "aws_dynamodb_table": {
            "server_side_encryption": [
                {
                    "enabled": {"constant_value": True},
                    "kms_key_arn": _reference("aws_kms_key.tables", "arn"),
                }
            ],
            "point_in_time_recovery": [
                {
                    "enabled": {"constant_value": True},
                    "recovery_period_in_days": {"constant_value": 35},
                }
            ],
        },
        "aws_backup_selection": {"plan_id": _reference("aws_backup_plan.hourly", "id")},
    }
    resources = {
        f"{change['type']}.{change['name']}": {
            "address": f"{change['type']}.{change['name']}",
            "mode": "managed",
            "type": change["type"],
            "name": change["name"],
            "provider_config_key": "aws",
            "expressions": refers.get(change["type"], {}),
        }
        for change in changes
    }
    return {
        "provider_config": {
            "aws": {
                "name": "aws",
                "full_name": PROVIDER,
                "expressions": {"region": {"references": ["var.region"]}},
            }
        },
        "root_module": {
            "resources": list(resources.values()),
            "variables": {"region": {}},
        },
    }


def _reference(address, attribute):
    return {"references": [f"{address}.{attribute}", address]}
