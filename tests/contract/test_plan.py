def test_as_many_tables_are_declared_as_the_plan_counts(contract):
    """
    The number of declared tables MUST equal the number in the promotion plan.

    A table too few is promoted by nobody; for indexes, GSI-4 asks the same.
    """
    declared, counted = len(contract.tables), contract.plan_tables
    assert declared == counted, (
        f"schemas.json declares {declared} tables; the promotion plan counts {counted}"
    )


def test_every_table_of_the_plan_is_declared(contract):
    """
    Every table that the promotion plan names MUST be declared.

    What is not declared is not checked.
    """
    missing = sorted(set(contract.plan_names) - set(contract.tables))
    assert missing == [], "\n".join(
        f"schemas.json: promotion/plan.toml names table {table}, which is not declared"
        for table in missing
    )


def test_every_index_of_the_plan_is_declared(contract):
    """
    Every index that the promotion plan names MUST be declared, at its table.

    The indexes that the plan names are the ones that services query.
    """
    missing = sorted(
        (name, index)
        for name, indexes in contract.plan_names.items()
        if name in contract.tables
        for index in indexes - set(contract.tables[name].indexes)
    )
    assert missing == [], "\n".join(
        f"schemas.json: promotion/plan.toml names index {index} of table {table}, "
        "which is not declared"
        for table, index in missing
    )
