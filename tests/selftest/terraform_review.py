"""A plan of two tables, and what every check of its review says."""

import importlib.util
import inspect
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest

from conformance.config.declared import load_declared
from conformance.model.errors import NotAssessedError
from conformance.terraform.terraform_plan import review
from tests.selftest.own_contract import own_environment
from tests.selftest.terraform_plans import change, created, write
from tests.selftest.twin_env import ROOT, contract

FILE = ROOT / "tests" / "contract" / "test_terraform.py"
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
        "planned_role_refusals": lambda: plan.role_refusals(table),
        "planned_coverage": lambda: plan.coverage(table).covered,
        "covered": lambda: True,
        "terraform_plan": lambda: plan,
        "contract": lambda: declared,
    }


def about(arguments, tables):
    """The subjects of a check: indexes, tables, or the region."""
    if "planned_index" in arguments:
        return [
            (name, index) for name, table in tables.items() for index in table.indexes
        ]
    of_tables = {"declared", "planned", "planned_coverage", "planned_role_refusals"}
    if of_tables & set(arguments):
        return [(name, None) for name in tables]
    return [(None, None)]


def outcome(check, arguments):
    """PASS, FAIL or NOT_ASSESSED."""
    try:
        check(**{name: make() for name, make in arguments.items()})
    except NotAssessedError:
        return "NOT_ASSESSED"
    except AssertionError:
        return "FAIL"
    return "PASS"


@cache
def declared_tables():
    """What is declared of the two tables; a value, and so read once."""
    with TemporaryDirectory() as folder:
        schemas = Path(folder) / "contract.json"
        schemas.write_text(json.dumps(contract(*TABLES)), encoding="utf-8")
        return load_declared(own_environment("sit"), schemas)


@pytest.fixture
def judged(tmp_path):
    """Judge a plan of two tables; every criterion and subject that does not PASS."""
    environment, declared = own_environment("sit"), declared_tables()

    def judged(document, declared=declared):
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


def users(plan):
    """What the plan means the table users to be."""
    return change(plan, TABLE, "users")["after"]


def recovery_off(plan):
    """Switch the recovery of the table users off."""
    users(plan)["point_in_time_recovery"][0]["enabled"] = False


def in_module(plan):
    """The same plan with the tables in a module, which is given the key."""
    root = plan["configuration"]["root_module"]
    tables = [resource for resource in root["resources"] if resource["type"] == TABLE]
    root["resources"] = [
        resource for resource in root["resources"] if resource["type"] != TABLE
    ]
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
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["module_address"] = 'module.data["a.b"]'
            entry["address"] = f'module.data["a.b"].{entry["address"]}'
    plan["planned_values"] = {}
    return plan


def other_caller(plan):
    """Let the plan be made with the credentials of another account."""
    caller = {"address": "data.aws_caller_identity.me", "mode": "data"}
    caller |= {"type": "aws_caller_identity", "name": "me"}
    caller["values"] = {"account_id": "111122223333"}
    values = {"root_module": {"resources": [caller]}}
    plan["prior_state"] = {"format_version": "1.0", "values": values}
