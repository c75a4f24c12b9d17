def test_table_names_are_3_to_255_characters(contracts):
    """
    A table's name MUST have 3 to 255 characters in every environment.

    The environment's pattern lengthens the declared name; CreateTable refuses it
    only when the table is promoted.
    """
    names = [
        environment.physical(table)
        for environment, contract in contracts
        for table in contract.tables
    ]
    wrong = [name for name in names if not 3 <= len(name) <= 255]
    assert wrong == [], "\n".join(
        f"table name {name!r} has {len(name)} characters; expected: 3 to 255"
        for name in wrong
    )


def test_replicated_tables_stream_both_images(contracts):
    """
    Where an environment has replicas, tables MUST stream new and old images.

    Global tables replicate by this stream; without it no replica can be added.
    """
    wrong = [
        f"schemas.json: tables.{table.name}.stream is {table.stream} in environment "
        f"{environment.name}; expected: NEW_AND_OLD_IMAGES, as it has replicas"
        for environment, contract in contracts
        for table in contract.tables.values()
        if len(environment.regions) > 1 and table.stream != "NEW_AND_OLD_IMAGES"
    ]
    assert wrong == [], "\n".join(wrong)
