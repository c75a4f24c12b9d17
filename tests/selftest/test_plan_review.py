import copy
import hashlib
import importlib.util
import inspect
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.catalogue import load_catalogue
from conformance.declared import load_declared
from conformance.environment import load_environment
from conformance.errors import BadInputError, NotAssessedError
from conformance.finding import Finding, Outcome
from conformance.report.rows import shown_sha256
from conformance.signoff.merging import merged
from conformance.signoff.sealed import SealedRun, read_run
from conformance.terraform.plan import review
from tests.selftest.plans import ACCOUNT, REGION, applied, change, created, write
from tests.selftest.twins import ROOT, clean_environment, contract

FILE = ROOT / "tests" / "contract" / "test_terraform.py"
CRITERIA = {f"TFP-{n}" for n in range(1, 7)}
TABLES = ("orders", "users")
TABLE, SELECTION = "aws_dynamodb_table", "aws_backup_selection"


def checks():
    """Every check with its criterion, as pytest would import it."""
    spec = importlib.util.spec_from_file_location("checks", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, function in vars(module).items():
        if name.startswith("test_"):
            (mark,) = function.pytestmark
            yield mark.args[0], function


def nouns(plan, table=None, index=None):
    """What the fixtures give, made when it is asked for."""
    declared = plan.declared
    one = declared.tables.get(table)
    return {
        "declared": lambda: one,
        "planned": lambda: plan.table(table),
        "declared_index": lambda: one.indexes[index],
        "planned_index": lambda: plan.table(table).index(index),
        "undeclared_indexes": lambda: plan.undeclared_indexes(table),
        "planned_losses": lambda: plan.losses_of(table),
        "planned_coverage": lambda: plan.coverage(table).covered,
        "covered": lambda: True,
        "planned_region": lambda: plan,
        "planned_backups": lambda: plan.backups,
        "declared_backups": lambda: declared.backups,
    }


def about(arguments, tables):
    """The subjects of a check: indexes, tables, or the region."""
    if "planned_index" in arguments:
        return [(name, index) for name, it in tables.items() for index in it.indexes]
    if {"planned_region", "planned_backups"} & set(arguments):
        return [(None, None)]
    return [(name, None) for name in tables]


def outcome(check, arguments):
    """PASS, FAIL or NOT_ASSESSED."""
    try:
        check(**{name: make() for name, make in arguments.items()})
    except NotAssessedError:
        return "NOT_ASSESSED"
    except AssertionError:
        return "FAIL"
    return "PASS"


@pytest.fixture
def judged(tmp_path):
    """Judge a plan of two tables; every criterion and subject that does not PASS."""
    schemas = tmp_path / "contract.json"
    schemas.write_text(json.dumps(contract(*TABLES)))
    environment = load_environment("sit")
    declared = load_declared(environment, schemas)

    def judged(document):
        plan = review(write(document, tmp_path), environment, declared)
        found = {"FAIL": set(), "NOT_ASSESSED": set(), "PASS": set()}
        failed = set()
        for criterion, check in checks():
            wanted = inspect.signature(check).parameters
            for table, index in about(wanted, declared.tables):
                known = nouns(plan, table, index)
                said = outcome(check, {name: known[name] for name in wanted})
                subject = "/".join(filter(None, (table, index)))
                found[said].add((criterion, subject))
                failed |= {check.__name__} if said == "FAIL" else set()
        return SimpleNamespace(
            fail=found["FAIL"],
            open=found["NOT_ASSESSED"],
            checks=failed,
            limits=plan.limits,
        )

    return judged


@pytest.fixture
def plan():
    """A plan that makes two tables and all that is around them."""
    return created(*TABLES)


def test_a_conforming_plan_passes(judged, plan):
    """Whether everything is still to be made, or is there and stays."""
    for each in (plan, applied(plan)):
        said = judged(each)
        assert (said.fail, said.open) == (set(), set())


def users(plan):
    """What the plan means the table users to be."""
    return change(plan, TABLE, "users")["after"]


def rule(plan):
    """What the plan means the backup rule to be."""
    return change(plan, "aws_backup_plan")["after"]["rule"][0]


def key_type(plan):
    (attribute,) = [it for it in users(plan)["attribute"] if it["name"] == "user_id"]
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
    index["key_schema"] = [{"attribute_name": it, "key_type": "HASH"} for it in names]
    if index["range_key"]:
        sort = {"attribute_name": index["range_key"], "key_type": "RANGE"}
        index["key_schema"].append(sort)


def local_index(plan):
    users(plan)["local_secondary_index"] = [{"name": "Local", "range_key": "email"}]


def provisioned(plan):
    users(plan)["billing_mode"] = "PROVISIONED"


def recovery_off(plan):
    users(plan)["point_in_time_recovery"][0]["enabled"] = False


def recovery_unmentioned(plan):
    users(plan)["point_in_time_recovery"] = []


def encryption_off(plan):
    users(plan)["server_side_encryption"] = []
    change(plan, TABLE, "users")["after_unknown"]["server_side_encryption"] = []


def managed_key(plan):
    del change(plan, TABLE, "users")["after_unknown"]["server_side_encryption"]
    users(plan)["server_side_encryption"][0]["kms_key_arn"] = None


def no_key(plan):
    configured = plan["configuration"]["root_module"]["resources"]
    for each in configured:
        for block in each["expressions"].get("server_side_encryption", ()):
            del block["kms_key_arn"]


def other_vault(plan):
    change(plan, "aws_backup_vault")["after"]["name"] = "another"


def two_backup_plans(plan):
    (entry,) = [it for it in plan["resource_changes"] if it["type"].endswith("_plan")]
    entry = copy.deepcopy(entry)
    entry["address"], entry["name"] = "aws_backup_plan.second", "second"
    plan["resource_changes"].append(entry)


def daily(plan):
    rule(plan)["schedule"] = "cron(0 5 ? * * *)"


def late(plan):
    rule(plan)["start_window"] = 480


def kept_for_ever(plan):
    rule(plan)["lifecycle"] = []


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
    encryption_off: {("TFP-5", "users")},
    managed_key: {("TFP-5", "users")},
    no_key: {("TFP-5", name) for name in TABLES},
    other_vault: {("TFP-6", "")},
    two_backup_plans: {("TFP-6", "")},
    daily: {("TFP-6", "")},
    late: {("TFP-6", "")},
    kept_for_ever: {("TFP-6", "")},
    not_selected: {("TFP-6", name) for name in TABLES},
    selected_for_another_plan: {("TFP-6", name) for name in TABLES},
}


@pytest.mark.parametrize("spoil", TWINS, ids=lambda it: it.__name__)
def test_a_plan_that_is_wrong_in_one_way_fails_there_alone(judged, plan, spoil):
    """Each twin differs from the conforming plan in one thing, and fails by it."""
    spoil(plan)
    assert judged(plan).fail == TWINS[spoil]


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
    assert seen == {check.__name__ for _, check in checks()}


ACTIONS = [
    ["delete"],
    ["delete", "create"],
    ["create", "delete"],
    ["forget"],
    ["create", "forget"],
]
HOLDERS = {TABLE: "users", "aws_backup_vault": "", "aws_kms_key": ""}


@pytest.mark.parametrize("kind", HOLDERS)
@pytest.mark.parametrize("actions", ACTIONS, ids="/".join)
def test_what_holds_data_must_stay(judged, plan, kind, actions):
    """Every spelling of a loss fails TFP-3, where it is lost."""
    plan = applied(plan)
    lost = change(plan, kind, "users" if kind == TABLE else None)
    lost["actions"] = actions
    if "create" not in actions:
        lost["after"] = None
        plan["planned_values"] = {}
    said = {it for it in judged(plan).fail if it[0] == "TFP-3"}
    assert said == {("TFP-3", HOLDERS[kind])}


def test_a_renamed_table_is_a_lost_one(judged, plan):
    """The old name is lost, and the new one is nobody's."""
    plan = applied(plan)
    renamed = change(plan, TABLE, "users")
    renamed["actions"] = ["delete", "create"]
    renamed["after"]["name"] = "users-sit-2"
    assert judged(plan).fail == {("TFP-1", "users"), ("TFP-1", ""), ("TFP-3", "users")}


def test_a_table_that_gets_its_declared_name_is_lost_too(judged, plan):
    """A rename to what is declared destroys what there was."""
    plan = applied(plan)
    renamed = change(plan, TABLE, "users")
    renamed["actions"] = ["delete", "create"]
    renamed["before"]["name"] = "users"
    assert judged(plan).fail == {("TFP-3", "users")}


def updated(plan, before):
    """The plan that changes the table users in place, from what it is before."""
    plan = applied(plan)
    users_ = change(plan, TABLE, "users")
    users_["actions"] = ["update"]
    users_["before"] |= before(users_["before"])
    return plan


LOST_PARTS = {
    "replica": lambda _: {"replica": [{"region_name": "af-south-1"}]},
    "index": lambda table: {
        "global_secondary_index": [
            *table["global_secondary_index"],
            table["global_secondary_index"][0] | {"name": "Gone"},
        ]
    },
    "index key": lambda table: {
        "global_secondary_index": [
            it | {"range_key": "created_at"} for it in table["global_secondary_index"]
        ]
    },
}


@pytest.mark.parametrize("before", LOST_PARTS.values(), ids=LOST_PARTS)
def test_a_part_of_a_table_must_stay(judged, plan, before):
    """A replica's block that is gone, an index that goes or is made anew."""
    assert judged(updated(plan, before)).fail == {("TFP-3", "users")}


def test_a_replica_of_its_own_must_stay(judged, plan):
    """The resource of a replica counts for its table."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/users-sit"
    plan["resource_changes"].append(
        {
            "address": "aws_dynamodb_table_replica.users",
            "mode": "managed",
            "type": "aws_dynamodb_table_replica",
            "name": "users",
            "change": {
                "actions": ["delete"],
                "before": {"global_table_arn": arn},
                "after": None,
                "after_unknown": False,
            },
        }
    )
    assert judged(plan).fail == {("TFP-3", "users")}


def other(kind, actions, before, after):
    """A change of a further resource."""
    return {
        "address": f"{kind}.other",
        "mode": "managed",
        "type": kind,
        "name": "other",
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
        },
    }


OPAQUE = [
    "aws_cloudformation_stack",
    "aws_cloudformation_stack_set",
    "awscc_dynamodb_table",
    "awscc_dynamodb_global_table",
]


@pytest.mark.parametrize("kind", OPAQUE)
def test_what_an_update_may_take_away_unseen_is_open(judged, plan, kind):
    """A stack or a table of Cloud Control may lose data by an update in place."""
    plan["resource_changes"].append(other(kind, ["update"], {}, {}))
    assert ("TFP-3", "") in judged(plan).open


def test_a_replica_of_a_global_table_must_stay(judged, plan):
    """Also the older resource of a global table loses a replica in place."""
    here, away = {"region_name": REGION}, {"region_name": "af-south-1"}
    before = {"name": "users-sit", "replica": [here, away]}
    after = {"name": "users-sit", "replica": [here]}
    change_ = other("aws_dynamodb_global_table", ["update"], before, after)
    plan["resource_changes"].append(change_)
    assert judged(plan).fail == {("TFP-3", "users")}


def test_a_deposed_table_must_stay(judged, plan):
    """What an earlier apply left behind still holds its data."""
    plan = applied(plan)
    entry = copy.deepcopy(plan["resource_changes"][1])
    entry["deposed"] = "0a1b2c3d"
    entry["change"] |= {"actions": ["delete"], "after": None}
    plan["resource_changes"].append(entry)
    assert judged(plan).fail == {("TFP-3", "users")}


UNKNOWN = {
    "name": {("TFP-1", "users"), ("TFP-1", "")},
    "hash_key": {("TFP-1", "users")},
    "attribute": {("TFP-1", "users"), ("TFP-2", "users/UsersByEmail")},
    "global_secondary_index": {("TFP-2", "users"), ("TFP-2", "users/UsersByEmail")},
    "billing_mode": {("TFP-4", "users")},
    "point_in_time_recovery": {("TFP-5", "users")},
    "server_side_encryption": {("TFP-5", "users")},
    "tags_all": {("TFP-6", "users")},
}


@pytest.mark.parametrize("attribute", UNKNOWN)
def test_what_is_known_only_after_apply_is_not_assessed(judged, plan, attribute):
    """A value that nobody knows yet neither holds nor fails."""
    table = change(plan, TABLE, "users")
    table["after"].pop(attribute)
    table["after_unknown"][attribute] = True
    said = judged(plan)
    assert said.fail == set()
    assert said.open >= UNKNOWN[attribute]


@pytest.mark.parametrize("attribute", ["resources", "selection_tag", "name"])
def test_a_selection_known_only_after_apply_is_not_assessed(judged, plan, attribute):
    """What a configuration sets and nobody knows yet may be anything."""
    selection = change(plan, SELECTION)
    selection["after"].pop(attribute)
    selection["after_unknown"][attribute] = True
    for each in plan["configuration"]["root_module"]["resources"]:
        each["expressions"] = each["expressions"] | {attribute: {"references": ["x"]}}
    said = judged(plan)
    assert said.fail == set()
    assert said.open == {("TFP-6", name) for name in TABLES}


@pytest.mark.parametrize(
    ("references", "fails"),
    [
        (["local.plan_id"], False),
        (["aws_backup_plan.hourly.arn", "aws_backup_plan.hourly"], False),
        (["aws_backup_plan.weekly.id", "aws_backup_plan.weekly"], True),
    ],
)
def test_a_selection_belongs_to_what_it_refers_to(judged, plan, references, fails):
    """Another plan's selection covers nothing; one of nobody knows what is open."""
    for each in plan["configuration"]["root_module"]["resources"]:
        if each["type"] == SELECTION:
            each["expressions"]["plan_id"] = {"references": references}
    said = judged(plan)
    uncovered = {("TFP-6", name) for name in TABLES}
    assert (said.fail if fails else said.open) == uncovered
    assert (said.open if fails else said.fail) == set()


def test_a_selection_of_one_of_several_instances_is_open(judged, plan):
    """The configuration does not say which instance of a module it refers to."""
    root = plan["configuration"]["root_module"]
    backups = [it for it in root["resources"] if "backup" in it["type"]]
    root["resources"] = [it for it in root["resources"] if it not in backups]
    root["module_calls"] = {"backup": {"module": {"resources": backups}}}
    for each in [it for it in plan["resource_changes"] if "backup" in it["type"]]:
        own = each["address"]
        is_selection = each["type"] == SELECTION
        module = f'module.backup["{"daily" if is_selection else "hourly"}"]'
        each |= {"module_address": module, "address": f"{module}.{own}"}
        if each["type"] == "aws_backup_plan":
            more = copy.deepcopy(each)
            more["change"]["after"]["name"] = "daily"
            module = 'module.backup["daily"]'
            more |= {"module_address": module, "address": f"{module}.{own}"}
            plan["resource_changes"].append(more)
    plan["planned_values"] = {}
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-6", name) for name in TABLES})


def test_conditions_that_a_plan_cannot_show_are_a_limit(judged, plan):
    """The run says what it takes for granted; the next plan shows it."""
    assert "is taken to have no conditions" in judged(plan).limits[-1]
    assert judged(applied(plan)).limits == ()


@pytest.mark.parametrize(
    ("references", "known"),
    [
        (["aws_kms_key.tables.arn", "aws_kms_key.tables"], True),
        (["aws_kms_key.tables[0].arn", "aws_kms_key.tables[0]"], True),
        (["var.own", "aws_kms_key.tables.arn", "aws_kms_key.tables"], False),
        (["data.aws_kms_key.any.arn", "data.aws_kms_key.any"], False),
        (["aws_kms_key.tables.key_id", "aws_kms_key.tables"], False),
        ([], False),
    ],
)
def test_an_unknown_key_is_ours_only_where_the_configuration_says_so(
    judged, plan, references, known
):
    """One reference to the ARN of a key that is a customer's; nothing else will do."""
    for each in plan["configuration"]["root_module"]["resources"]:
        if each["type"] == TABLE:
            block = each["expressions"]["server_side_encryption"][0]
            block["kms_key_arn"] = {"references": references}
    said = judged(plan)
    assert said.fail == set()
    assert said.open == (set() if known else {("TFP-5", name) for name in TABLES})


def test_an_encryption_that_the_configuration_does_not_show_is_open(judged, plan):
    """Terraform tells nothing of what a dynamic block says."""
    for each in plan["configuration"]["root_module"]["resources"]:
        each["expressions"].pop("server_side_encryption", None)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-5", name) for name in TABLES})


def in_module(plan):
    """The same plan with the tables in a module, which is given the key."""
    root = plan["configuration"]["root_module"]
    tables = [it for it in root["resources"] if it["type"] == TABLE]
    root["resources"] = [it for it in root["resources"] if it["type"] != TABLE]
    given = {"references": ["module.keys.arn", "module.keys"]}
    made = {"references": ["aws_kms_key.own.arn", "aws_kms_key.own"]}
    root["module_calls"] = {
        "data": {
            "expressions": {"key": given},
            "module": {"resources": tables, "variables": {"key": {}}},
        },
        "keys": {"module": {"outputs": {"arn": {"expression": made}}}},
    }
    block = tables[0]["expressions"]["server_side_encryption"][0]
    block["kms_key_arn"] = {"references": ["var.key"]}
    for each in plan["resource_changes"]:
        if each["type"] == TABLE:
            each["module_address"] = 'module.data["a.b"]'
            each["address"] = f'module.data["a.b"].{each["address"]}'
    plan["planned_values"] = {}
    return plan


def test_a_key_is_followed_through_modules(judged, plan):
    """A variable leads up, an output down, to the key that another module makes."""
    said = judged(in_module(plan))
    assert (said.fail, said.open) == (set(), set())


def test_a_region_that_one_provider_does_not_say_is_a_limit(judged, plan):
    """With one provider it is told; with several nobody knows which table is where."""
    expressions = plan["configuration"]["provider_config"]["aws"]["expressions"]
    expressions["region"] = {"references": ["local.region"]}
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())
    assert "does not say which account" in said.limits[0]
    assert "does not say which region" in said.limits[1]
    for each in plan["configuration"]["root_module"]["resources"]:
        if each["type"] == "aws_backup_vault":
            each["provider_config_key"] = "aws.dr"
    said = judged(plan)
    assert said.fail == set()
    assert {("TFP-1", "users"), ("TFP-6", "")} <= said.open


def test_a_table_of_another_region_is_not_the_declared_one(judged, plan):
    """What a second provider makes elsewhere is undeclared there, and missing here."""
    providers = plan["configuration"]["provider_config"]
    elsewhere = {"region": {"constant_value": "af-south-1"}}
    providers["aws.dr"] = {"name": "aws", "alias": "dr", "expressions": elsewhere}
    (own,) = [it for it in plan["resource_changes"] if it.get("index") == "users"]
    own |= {"name": "other", "address": f"{TABLE}.other"}
    plan["planned_values"] = {}
    configured = plan["configuration"]["root_module"]["resources"]
    (table,) = [it for it in configured if it["type"] == TABLE]
    of_other = {"name": "other", "address": f"{TABLE}.other"}
    configured.append(table | of_other | {"provider_config_key": "aws.dr"})
    assert judged(plan).fail == {("TFP-1", "users"), ("TFP-1", "")}


def test_a_replacement_is_where_it_is_planned(judged, plan):
    """A table that is made anew in another region is missing here."""
    plan = applied(plan)
    moved = change(plan, TABLE, "users")
    moved["actions"] = ["delete", "create"]
    moved["after"].pop("arn")
    moved["after"]["region"] = "af-south-1"
    moved["after_unknown"]["arn"] = True
    fails = {("TFP-1", "users"), ("TFP-1", ""), ("TFP-3", "users")}
    assert judged(plan).fail == fails


def test_a_variable_of_a_module_is_the_modules(judged, plan):
    """A provider in a module may have another region than the root's variable says."""
    plan = in_module(plan)
    given = {"region": {"constant_value": "af-south-1"}}
    call = plan["configuration"]["root_module"]["module_calls"]["data"]
    call["expressions"] |= given
    (table,) = call["module"]["resources"]
    table["provider_config_key"] = "module.data:aws"
    of_root = plan["configuration"]["provider_config"]["aws"]
    inner = of_root | {"module_address": "module.data"}
    plan["configuration"]["provider_config"]["module.data:aws"] = inner
    with pytest.raises(BadInputError, match="is a plan for region af-south-1"):
        judged(plan)
    call["expressions"]["region"] = {"references": ["var.region"]}
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


def test_among_several_accounts_an_unknown_one_is_open(judged, plan):
    """A table that does not say its account may be in either."""
    plan = applied(plan)
    other_caller(plan)
    for values in (users(plan), change(plan, TABLE, "users")["before"]):
        values.pop("arn", None)
    said = judged(plan)
    assert said.fail == set()
    assert ("TFP-1", "users") in said.open


def stack(plan):
    plan["resource_changes"].append(
        {
            "address": "aws_cloudformation_stack.more",
            "mode": "managed",
            "type": "aws_cloudformation_stack",
            "name": "more",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {"name": "more"},
                "after_unknown": {},
            },
        }
    )


def test_what_a_plan_cannot_show_is_not_passed(judged, plan):
    """A stack may hold tables: then nobody can say that there is no further one."""
    stack(plan)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-1", "")})


def format_2(plan):
    plan["format_version"] = "2.0"


def format_0(plan):
    plan["format_version"] = "0.2"


def errored(plan):
    plan["errored"] = True


def incomplete(plan):
    plan["complete"] = False


def other_account(plan):
    users(plan)["arn"] = f"arn:aws:dynamodb:{REGION}:111122223333:table/users-sit"
    change(plan, TABLE, "users")["after_unknown"].pop("arn")


def other_caller(plan):
    caller = {"address": "data.aws_caller_identity.me", "mode": "data"}
    caller |= {"type": "aws_caller_identity", "name": "me"}
    caller["values"] = {"account_id": "111122223333"}
    values = {"root_module": {"resources": [caller]}}
    plan["prior_state"] = {"format_version": "1.0", "values": values}


def other_region(plan):
    plan["variables"]["region"]["value"] = "us-east-1"


def standin(plan):
    provider = plan["configuration"]["provider_config"]["aws"]["expressions"]
    url = {"constant_value": "http://127.0.0.1:4566"}
    provider["endpoints"] = [{"dynamodb": url}]


def no_time(plan):
    plan["timestamp"] = "yesterday"


def older_terraform(plan):
    del plan["timestamp"]


def malformed(plan):
    plan["resource_changes"][0]["change"] = "create"


REFUSED = {
    format_2: "format_version is 2.0; expected: 1.x",
    format_0: "format_version is 0.2; expected: 1.x",
    errored: "Terraform failed while it planned",
    incomplete: "the plan is not complete",
    other_account: "is a plan for account 111122223333; expected: 815856636111",
    other_caller: "is a plan for account 111122223333; expected: 815856636111",
    other_region: "is a plan for region us-east-1; expected: eu-west-1",
    standin: "was planned against http://127.0.0.1:4566, which is no AWS",
    no_time: "timestamp is 'yesterday'; expected: one such as",
    older_terraform: "plan with Terraform 1.5 or later",
    malformed: "resource_changes[0].change is",
}


@pytest.mark.parametrize("spoil", REFUSED, ids=lambda it: it.__name__)
def test_what_is_no_plan_for_this_environment_is_refused(judged, plan, spoil):
    """One message says what it is, and what was expected."""
    spoil(plan)
    with pytest.raises(BadInputError, match=re.escape(REFUSED[spoil])):
        judged(plan)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PK\x03\x04", "binary format"),
        ("no json", "is not JSON"),
        ("[]", "holds no object"),
        ("{}", "is no plan"),
        ('{"version": 4, "lineage": "x", "serial": 1}', "is a state"),
        ('{"format_version": "1.0", "terraform_version": "1", "values": {}}', "state"),
    ],
)
def test_other_files_are_refused(judged, text, said):
    """A plan file, a state and anything else: the message says how to make one."""
    with pytest.raises(BadInputError, match=said) as refusal:
        judged(text)
    assert "terraform show -json PLAN" in str(refusal.value)


@pytest.fixture
def command(tmp_path):
    """Run the command; its status, its output, and the run folder if there is one."""

    def command(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "conformance", *map(str, arguments)],
            cwd=tmp_path,
            env=clean_environment(tmp_path) | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        folders = sorted((tmp_path / "evidence").glob("*-*Z-sit-*"))
        return done.returncode, done.stdout + done.stderr, folders

    return command


def test_a_review_is_evidence_at_the_gate(command, tmp_path):
    """All declared tables pass; the gate takes the folder, and the page names it."""
    path = write(created(), tmp_path)
    status, output, (folder,) = command("review-plan", "--env=sit", path)
    assert status == 0, output
    run = json.loads((folder / "run.json").read_text())
    assert {it["criterion"] for it in run["findings"]} == CRITERIA
    assert {it["outcome"] for it in run["findings"]} == {"PASS"}
    assert "which account it is for" in run["remarks"][0]
    assert (folder / "report.html").exists()
    gate = ("gate", "--for=sit-deploy", "--env=sit", "--output", tmp_path / "page")
    status, output, _ = command(*gate, folder)
    assert status == 10, output
    decided = json.loads((tmp_path / "page" / "signoff.json").read_text())
    assert decided["runs"][0]["refused"] == []
    outcomes = {name: decided["criteria"][name]["outcome"] for name in CRITERIA}
    assert set(outcomes.values()) == {"PASS"}
    page = (tmp_path / "page" / "signoff.html").read_text()
    assert "nobody was asked" in page
    assert shown_sha256(hashlib.sha256(path.read_bytes()).hexdigest()) in page
    lock = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    assert run["requirements_sha256"] == lock
    assert shown_sha256(lock) in page


TABLES_CHECK = "tests/live/test_tables.py::test_table_exists[TBL-1-eu-west-1-users]"
REVIEW = "tests/contract/test_terraform.py::test_table_is_planned"


def sealed(criterion, test, *, ended, made=None):
    """A run of one finding."""
    finding = Finding(criterion, test, "users", REGION, Outcome.PASS, "")
    plan = made and {"made": made.isoformat(), "sha256": "0"}
    summary = {"ended": ended.isoformat(), "plan": plan}
    summary["findings"] = [finding.as_json()]
    return SealedRun(Path("run"), summary, "", ())


def test_a_review_is_as_old_as_its_plan():
    """Who reviews an old plan again gets no fresh evidence."""
    now = datetime.now(UTC)
    fresh = sealed("TFP-1", REVIEW, ended=now, made=now - timedelta(days=2))
    old = sealed("TFP-1", REVIEW, ended=now, made=now - timedelta(days=4))
    catalogue = load_catalogue()
    assert list(merged([fresh], catalogue, now)[0]) == [REVIEW]
    assert merged([old], catalogue, now) == ({}, ["TFP-1 of run is older than 3 days"])


def test_a_review_of_a_plan_without_a_time_is_no_evidence(command, tmp_path):
    """What nobody knows the age of would never be too old."""
    path = write(created(), tmp_path)
    *_, (folder,) = command("review-plan", "--env=sit", path)
    summary = json.loads((folder / "run.json").read_text())
    summary["plan"]["made"] = ""
    (folder / "run.json").write_text(json.dumps(summary))
    damages = read_run(folder).damages
    assert "the plan that it reviewed does not say when it was made" in damages


def test_a_review_decides_nothing_else_and_nothing_else_decides_it():
    """What a plan says is no evidence of what is deployed, nor the other way round."""
    now = datetime.now(UTC)
    wrong = [
        sealed("TBL-1", TABLES_CHECK, ended=now, made=now),
        sealed("TFP-1", REVIEW, ended=now),
    ]
    assert merged(wrong, load_catalogue(), now) == ({}, [])


def test_a_review_that_fails_or_leaves_something_open_says_so(command, tmp_path):
    """Status 1 for what fails, 10 for what is open, 4 without a trace for bad input."""
    document = created()
    recovery_off(document)
    status, output, _ = command("review-plan", "--env=sit", write(document, tmp_path))
    assert status == 1, output
    assert "FAIL         TFP-5" in output
    document = created()
    users_ = change(document, TABLE, "users")
    users_["after_unknown"]["billing_mode"] = True
    status, output, _ = command("review-plan", "--env=sit", write(document, tmp_path))
    assert status == 10, output
    assert "NOT_ASSESSED TFP-4" in output
    path = write("PK", tmp_path, "sit.tfplan")
    status, output, folders = command("review-plan", "--env=sit", path)
    assert status == 4, output
    assert output.count("ERROR: ") == 1
    assert "Traceback" not in output
    assert len(folders) == 2


def test_only_an_environment_of_the_plan_is_reviewed(suite, tmp_path):
    """With another selection of checks a plan would be judged by nothing."""
    path = write(created(), tmp_path)
    result = suite.run("--env=sit", f"--plan={path}", "-m", "live")
    assert result.status == 4
    assert "--plan is reviewed alone" in result.output
    result = suite.run("--env=dev", f"--plan={path}")
    assert result.status == 4
    assert "no criterion of a Terraform plan applies" in result.output
