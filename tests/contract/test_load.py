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
    assert named - keys == set()
