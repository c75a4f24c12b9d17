PLAN = {
    "campaigns": {"CampaignsByStatus", "CampaignsByDate"},
    "orders": {"OrdersByCustomer", "OrdersByStatus", "OrdersByDate"},
    "products": {
        "ProductsByCategory",
        "ProductsByPriceRange",
        "ProductsByAvailability",
    },
    "tenants": {"TenantsByOrganization"},
    "users": {"UsersByEmail", "UsersByOrganization"},
}
"""The tables and indexes that the promotion plan names."""


def test_as_many_tables_are_declared_as_the_plan_counts(contract):
    """
    The number of declared tables MUST equal the number in the promotion plan.

    A table too few is promoted by nobody; for indexes, GSI-4 asks the same.
    """
    assert len(contract.tables) == contract.plan_tables


def test_every_table_of_the_plan_is_declared(contract):
    """
    Every table that the promotion plan names MUST be declared.

    What is not declared is not checked.
    """
    assert sorted(set(PLAN) - set(contract.tables)) == []


def test_every_index_of_the_plan_is_declared(contract):
    """
    Every index that the promotion plan names MUST be declared, at its table.

    The plan counts 8 and names 11; those it names are what services query.
    """
    declared = {
        (table.name, index)
        for table in contract.tables.values()
        for index in table.indexes
    }
    planned = {(table, index) for table, names in PLAN.items() for index in names}
    assert sorted(planned - declared) == []
