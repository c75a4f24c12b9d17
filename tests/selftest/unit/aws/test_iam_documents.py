"""Policies that fit into what IAM takes."""

from dataclasses import replace

import pytest

from conformance.aws.iam_documents import ATTACHED, LIMIT, documents, size
from conformance.aws.iam_policy import rights
from conformance.model.operations import CLASSES
from tests.selftest.own_contract import own_declared, own_environment

ENVIRONMENTS = ("dev", "sit", "prod", "dr", "local", "local-prod")
SHIPPED = ("read", "data", "backup")


def declared_of(environment, tables):
    """The contract with so many tables, whose names are as long as ours."""
    declared = own_declared(environment)
    ours = list(declared.tables.items())
    named = {
        f"{name}{number // len(ours) or ''}": table
        for number in range(tables)
        for name, table in [ours[number % len(ours)]]
    }
    return replace(declared, tables=named)


def grants(statements):
    """Each action on each resource, with its condition."""
    return {
        (action, resource, str(statement.get("Condition")))
        for statement in statements
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


@pytest.mark.parametrize("classes", [*((name,) for name in CLASSES), SHIPPED, CLASSES])
@pytest.mark.parametrize("tables", [5, 50])
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_document_fits_and_a_role_takes_them_all(name, tables, classes):
    """Cut into documents, the rights are the same, and each is stated once."""
    environment = replace(own_environment(name), allows=frozenset(classes))
    declared = declared_of(environment, tables)
    found = documents(environment, declared)
    assert found.remarks == ()
    assert len(found.by_name) <= ATTACHED
    assert all(size(document) <= LIMIT for document in found.by_name.values())
    parts = [
        statement
        for document in found.by_name.values()
        for statement in document["Statement"]
    ]
    whole = [
        statement
        for statements in rights(environment, declared).values()
        for statement in statements
    ]
    assert grants(parts) == grants(whole)
    assert len({statement["Sid"] for statement in parts}) == len(parts)


def test_five_tables_are_a_document_a_class():
    """Documents bear the name of the class whose rights they hold."""
    environment = own_environment("local")
    found = documents(environment, own_declared(environment))
    assert [*found.by_name] == ["read", "data", "backup", "sandbox", "restore"]


def test_too_many_tables_are_named_by_a_pattern_and_it_says_so():
    """The pattern holds for tables that nobody declared: its reader must know."""
    environment = replace(own_environment("sit"), allows=frozenset(CLASSES))
    found = documents(environment, declared_of(environment, 200))
    assert len(found.by_name) <= ATTACHED
    assert "table/*-sit" in str(found.by_name)
    (remark,) = found.remarks
    assert "a role takes 10: the tables are named by *-sit" in remark
    assert "that nobody declared, too" in remark


def test_tables_without_a_common_name_need_a_second_role():
    """A pattern for every table of the account would be no limit at all."""
    allows = frozenset(CLASSES)
    environment = replace(own_environment("sit"), allows=allows, table_name="{name}")
    found = documents(environment, declared_of(environment, 200))
    assert len(found.by_name) > ATTACHED
    assert "table/*" not in {
        resource.partition(":table/")[1] + resource.partition(":table/")[2]
        for document in found.by_name.values()
        for statement in document["Statement"]
        for resource in statement["Resource"]
    }
    (remark,) = found.remarks
    assert "attach them to two roles" in remark


def test_a_right_that_fits_nowhere_is_an_error():
    """Nothing is left out in silence."""
    environment = own_environment("sit")
    declared = declared_of(environment, 1)
    ((_, table),) = declared.tables.items()
    endless = replace(declared, tables={"x" * LIMIT: table})
    with pytest.raises(ValueError, match="ReadTables fits into no document"):
        documents(environment, endless)
