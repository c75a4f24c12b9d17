def test_distinct_values_are_of_index_partition_keys(contract):
    """
    The load's distinct values MUST be named for the partition keys of indexes.

    The forecast of hot partitions rests on them; a name that no index has would
    leave its index out of it without a word.
    """
    keys = {
        (table.name, index.key.partition.name)
        for table in contract.tables.values()
        for index in table.indexes.values()
    }
    named = {
        (name, attribute)
        for name, table in contract.load.tables.items()
        for attribute in table.distinct
    }
    unknown = sorted(named - keys)
    assert unknown == [], "\n".join(
        f"promotion/surroundings.toml: load.tables.{table}.distinct names {attribute}; "
        f"expected: the partition key of an index of {table}"
        for table, attribute in unknown
    )
