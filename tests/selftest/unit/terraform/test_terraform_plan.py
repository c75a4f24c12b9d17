"""A plan that is wrong in one way fails at its criterion, and there alone."""

import copy
import dataclasses

import pytest

from tests.selftest.terraform_plans import applied, change, created
from tests.selftest.terraform_review import (
    SELECTION,
    TABLE,
    TABLES,
    checks,
    declared_tables,
    judged,
    plan,
    recovery_off,
    users,
)

__all__ = ["judged", "plan"]


def test_a_conforming_plan_passes(judged, plan):
    """Whether everything is still to be made, or is there and stays."""
    for document in (plan, applied(plan)):
        said = judged(document)
        assert (said.fail, said.open) == (set(), set())


def rule(plan):
    """What the plan means the backup rule to be."""
    return change(plan, "aws_backup_plan")["after"]["rule"][0]


def key_type(plan):
    (attribute,) = [
        attribute_entry
        for attribute_entry in users(plan)["attribute"]
        if attribute_entry["name"] == "user_id"
    ]
    attribute["type"] = "N"


def extra_table(plan):
    entry = copy.deepcopy(plan["resource_changes"][0])
    entry["address"], entry["index"] = f'{TABLE}.table["more"]', "more"
    entry["change"]["after"]["name"] = "more-sit"
    plan["resource_changes"].append(entry)


def hidden_table(plan):
    resources = plan["planned_values"]["root_module"]
    values = {"name": "hidden-sit"}
    hidden = {"address": "module.a.aws_dynamodb_table.b", "mode": "managed"}
    hidden |= {"type": TABLE, "name": "b", "values": values}
    resources["child_modules"] = [{"address": "module.a", "resources": [hidden]}]


def twice(plan):
    entry = copy.deepcopy(plan["resource_changes"][1])
    entry["address"] = f"{TABLE}.other"
    plan["resource_changes"].append(entry)


def index_gone(plan):
    unknown = change(plan, TABLE, "users")["after_unknown"]
    del users(plan)["global_secondary_index"][0]
    del unknown["global_secondary_index"][0]


def index_key(plan):
    users(plan)["global_secondary_index"][0]["range_key"] = "created_at"


def index_projection(plan):
    users(plan)["global_secondary_index"][0]["projection_type"] = "KEYS_ONLY"


def extra_index(plan):
    indexes = users(plan)["global_secondary_index"]
    indexes.append(indexes[0] | {"name": "More"})


def several_key_attributes(plan):
    index = users(plan)["global_secondary_index"][0]
    users(plan)["attribute"].append({"name": "tenant", "type": "S"})
    names = ("tenant", index["hash_key"])
    index["key_schema"] = [
        {"attribute_name": name, "key_type": "HASH"} for name in names
    ]
    if index["range_key"]:
        sort = {"attribute_name": index["range_key"], "key_type": "RANGE"}
        index["key_schema"].append(sort)


def local_index(plan):
    users(plan)["local_secondary_index"] = [{"name": "Local", "range_key": "email"}]


def provisioned(plan):
    users(plan)["billing_mode"] = "PROVISIONED"


def recovery_unmentioned(plan):
    users(plan)["point_in_time_recovery"] = []


def period_short(plan):
    users(plan)["point_in_time_recovery"][0]["recovery_period_in_days"] = 7


def unset(plan, block):
    """Leave a block out of the configuration and of the plan of all tables."""
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["change"]["after"].pop(block)
            entry["change"]["after_unknown"][block] = True
    for resource in plan["configuration"]["root_module"]["resources"]:
        resource["expressions"].pop(block, None)


def recovery_unset(plan):
    unset(plan, "point_in_time_recovery")


def encryption_unset(plan):
    unset(plan, "server_side_encryption")


def capped(plan):
    users(plan)["on_demand_throughput"] = [{"max_write_request_units": 50}]


def capped_index(plan):
    units = {"max_read_request_units": -1, "max_write_request_units": 50}
    users(plan)["global_secondary_index"][0]["on_demand_throughput"] = [units]


def infrequently_accessed(plan):
    users(plan)["table_class"] = "STANDARD_INFREQUENT_ACCESS"


def replica(plan, **values):
    """Give the table users a replica that is as declared, but for these values."""
    region = "af-south-1"
    arn = f"arn:aws:kms:{region}:815856636111:alias/tables"
    own = {"region_name": region, "point_in_time_recovery": True, "kms_key_arn": arn}
    users(plan)["replica"] = [own | values]


def replica_elsewhere(plan):
    replica(plan)


def replica_without_recovery(plan):
    replica(plan, point_in_time_recovery=False)


def replica_with_strong_consistency(plan):
    replica(plan, consistency_mode="STRONG")


def replica_without_key(plan):
    replica(plan, kms_key_arn="")


def replica_with_a_key_of_another_region(plan):
    replica(plan, kms_key_arn="arn:aws:kms:eu-west-1:815856636111:alias/tables")


def key_of_another_account(plan):
    del change(plan, TABLE, "users")["after_unknown"]["server_side_encryption"]
    arn = "arn:aws:kms:eu-west-1:111122223333:alias/tables"
    users(plan)["server_side_encryption"][0]["kms_key_arn"] = arn


def new_key_disabled(plan):
    change(plan, "aws_kms_key")["after"]["is_enabled"] = False


def new_key_for_signatures(plan):
    change(plan, "aws_kms_key")["after"]["key_usage"] = "SIGN_VERIFY"


def unprotected(plan):
    found = change(plan, TABLE, "users")
    found["before"] = found["after"] | {"deletion_protection_enabled": True}
    found["after"] = found["before"] | {"deletion_protection_enabled": None}


def encryption_off(plan):
    users(plan)["server_side_encryption"] = []
    change(plan, TABLE, "users")["after_unknown"]["server_side_encryption"] = []


def managed_key(plan):
    del change(plan, TABLE, "users")["after_unknown"]["server_side_encryption"]
    users(plan)["server_side_encryption"][0]["kms_key_arn"] = None


def no_key(plan):
    configured = plan["configuration"]["root_module"]["resources"]
    for resource in configured:
        for block in resource["expressions"].get("server_side_encryption", ()):
            del block["kms_key_arn"]


def other_vault(plan):
    change(plan, "aws_backup_vault")["after"]["name"] = "another"


def two_backup_plans(plan):
    (entry,) = [
        change
        for change in plan["resource_changes"]
        if change["type"].endswith("_plan")
    ]
    entry = copy.deepcopy(entry)
    entry["address"], entry["name"] = "aws_backup_plan.second", "second"
    plan["resource_changes"].append(entry)


def daily(plan):
    rule(plan)["schedule"] = "cron(0 5 ? * * *)"


def late(plan):
    rule(plan)["start_window"] = 480


def kept_for_ever(plan):
    rule(plan)["lifecycle"] = []


def by_rate(plan):
    rule(plan)["schedule"] = "rate(1 hour)"


def every_half_hour(plan):
    rule(plan)["schedule"] = "cron(0/30 * * * ? *)"


def impatient(plan):
    rule(plan)["start_window"] = 30


def further(kind, before, after):
    """A resource that is beside the others, and its change."""
    return {
        "address": f"{kind}.other",
        "mode": "managed",
        "type": kind,
        "name": "other",
        "change": {
            "actions": ["update"] if after else ["delete"],
            "before": before,
            "after": after,
            "after_unknown": {},
        },
    }


def locked(plan, before=None, after=None):
    """Lock the vault; an earlier lock may have been another one."""
    vault = {"backup_vault_name": change(plan, "aws_backup_vault")["after"]["name"]}
    before = vault if before is None else vault | before
    after = vault | after if after else None
    kind = "aws_backup_vault_lock_configuration"
    plan["resource_changes"].append(further(kind, before, after))


def locked_for_longer(plan):
    locked(plan, after={"min_retention_days": 30, "max_retention_days": None})


def locked_for_shorter(plan):
    locked(plan, after={"max_retention_days": 3})


def lock_gone(plan):
    locked(plan, {"min_retention_days": 7})


def lock_loosened(plan):
    locked(plan, {"min_retention_days": 7}, {"min_retention_days": 1})


def opted_out(plan):
    settings = {"resource_type_opt_in_preference": {"DynamoDB": False}}
    entry = further("aws_backup_region_settings", {}, settings)
    plan["resource_changes"].append(entry)


def selected_by_suffix(plan):
    selection = change(plan, SELECTION)["after"]
    selection["selection_tag"] = []
    selection["resources"] = ["arn:aws:dynamodb:*:*:table/*-sit"]


def selected_by_another_role(plan):
    change(plan, SELECTION)["after"]["iam_role_arn"] += "-2"


def not_selected(plan):
    change(plan, SELECTION)["after"]["selection_tag"][0]["value"] = "other"


def selected_for_another_plan(plan):
    change(plan, SELECTION)["after_unknown"].pop("plan_id")
    change(plan, SELECTION)["after"]["plan_id"] = "another"


BY_EMAIL = "users/UsersByEmail"
TWINS = {
    key_type: {("TFP-1", "users")},
    extra_table: {("TFP-1", "")},
    hidden_table: {("TFP-1", "")},
    twice: {("TFP-1", "users")},
    index_gone: {("TFP-2", BY_EMAIL)},
    index_key: {("TFP-2", BY_EMAIL)},
    index_projection: {("TFP-2", BY_EMAIL)},
    extra_index: {("TFP-2", "users")},
    several_key_attributes: {("TFP-2", BY_EMAIL)},
    local_index: {("TFP-2", "users")},
    provisioned: {("TFP-4", "users")},
    recovery_off: {("TFP-5", "users")},
    recovery_unmentioned: {("TFP-5", "users")},
    recovery_unset: {("TFP-5", name) for name in TABLES},
    period_short: {("TFP-5", "users")},
    encryption_unset: {("TFP-5", name) for name in TABLES},
    capped: {("TFP-4", "users")},
    capped_index: {("TFP-4", "users")},
    replica_elsewhere: {("TFP-1", "")},
    replica_without_recovery: {("TFP-1", ""), ("TFP-5", "users")},
    replica_with_strong_consistency: {("TFP-1", ""), ("TFP-5", "users")},
    infrequently_accessed: {("TFP-4", "users")},
    replica_without_key: {("TFP-1", ""), ("TFP-5", "users")},
    replica_with_a_key_of_another_region: {("TFP-1", ""), ("TFP-5", "users")},
    key_of_another_account: {("TFP-5", "users")},
    new_key_disabled: {("TFP-5", name) for name in TABLES},
    new_key_for_signatures: {("TFP-5", name) for name in TABLES},
    unprotected: {("TFP-5", "users")},
    encryption_off: {("TFP-5", "users")},
    managed_key: {("TFP-5", "users")},
    no_key: {("TFP-5", name) for name in TABLES},
    other_vault: {("TFP-6", "")},
    two_backup_plans: {("TFP-6", "")},
    daily: {("TFP-6", "")},
    late: {("TFP-6", "")},
    kept_for_ever: {("TFP-6", "")},
    by_rate: {("TFP-6", "")},
    every_half_hour: {("TFP-6", "")},
    impatient: {("TFP-6", "")},
    locked_for_longer: {("TFP-6", "")},
    locked_for_shorter: {("TFP-6", "")},
    lock_gone: {("TFP-6", "")},
    lock_loosened: {("TFP-6", "")},
    opted_out: {("TFP-6", name) for name in TABLES},
    selected_by_suffix: {("TFP-6", name) for name in TABLES},
    selected_by_another_role: {("TFP-6", name) for name in TABLES},
    not_selected: {("TFP-6", name) for name in TABLES},
    selected_for_another_plan: {("TFP-6", name) for name in TABLES},
}


@pytest.mark.parametrize("spoil", TWINS, ids=lambda spoil: spoil.__name__)
def test_a_plan_that_is_wrong_in_one_way_fails_there_alone(judged, plan, spoil):
    """Each twin differs from the conforming plan in one thing, and fails by it."""
    spoil(plan)
    assert judged(plan).fail == TWINS[spoil]


def weak_contract():
    """A contract that wants less than the promotion plan demands."""
    declared = declared_tables()
    weak = {
        "capacity_mode": "PROVISIONED",
        "recovery_status": "DISABLED",
        "key_class": "AWS_OWNED",
        "maximum": {"writes": 1},
    }
    tables = {
        name: dataclasses.replace(table, **weak)
        for name, table in declared.tables.items()
    }
    return dataclasses.replace(declared, tables=tables)


def test_a_contract_weaker_than_the_promotion_plan_fails(judged, plan):
    """What is planned as such a contract has it fails all the same."""
    users(plan)["point_in_time_recovery"][0]["enabled"] = False
    assert judged(plan, weak_contract()).fail >= {
        ("TFP-4", "users"),
        ("TFP-5", "users"),
    }


def vault_and_table_gone(plan):
    for kind, key in (("aws_backup_vault", None), (TABLE, "users")):
        change(plan, kind, key)["actions"] = ["delete", "create"]


def test_every_check_is_seen_to_fail(judged):
    """No check of the review has only been seen to pass."""
    seen = set()
    for spoil in (*TWINS, vault_and_table_gone):
        plan = created(*TABLES)
        spoil(plan)
        seen |= judged(plan).checks
    seen |= judged(created(*TABLES), weak_contract()).checks
    assert seen == {check.__name__ for _, check in checks()}
