def test_table_has_at_most_20_indexes(declared):
    """
    A table MUST NOT have more than 20 global secondary indexes.

    It is the default quota of AWS; a table that exceeds it is not created.
    """
    found = len(declared.indexes)
    assert found <= 20, (
        f"schemas.json: tables.{declared.name} has {found} indexes; "
        "expected: at most 20"
    )


def test_indexes_project_at_most_100_attributes(declared):
    """
    All INCLUDE projections of a table MUST NOT name more than 100 attributes.

    An attribute counts once for each index that names it.
    """
    projections = [index.projection for index in declared.indexes.values()]
    found = sum(len(projection.attributes) for projection in projections)
    assert found <= 100, (
        f"schemas.json: the indexes of {declared.name} include {found} attributes; "
        "expected: at most 100"
    )


def test_index_key_is_in_the_sample(declared, declared_index):
    """
    The sample MUST hold every key attribute of the index, with its type.

    An item without one is not in the index: a probe would wait for it in vain.
    """
    keys = {
        attribute.name: [attribute.type] for attribute in declared_index.key.attributes
    }
    sample = {name: list(declared.sample.get(name, ())) for name in keys}
    assert sample == keys, (
        f"schemas.json: tables.{declared.name}.sample must hold each key attribute of "
        f"index {declared_index.name} with its type"
    )


def test_projected_attributes_are_in_the_sample(declared, declared_index):
    """
    The sample MUST hold every attribute that the index includes.

    Whether an attribute is projected shows only on an item that has it.
    """
    projected = declared_index.projection.attributes
    missing = sorted(projected - set(declared.sample))
    assert missing == [], (
        f"schemas.json: tables.{declared.name}.sample lacks {', '.join(missing)}, "
        f"which index {declared_index.name} includes"
    )


def test_projected_attributes_are_no_keys(declared, declared_index):
    """
    An index MUST NOT include an attribute of its own or of the table's key.

    Keys are always projected; CreateTable refuses to include them once more.
    """
    keys = {*declared.key.attributes, *declared_index.key.attributes}
    names = {attribute.name for attribute in keys}
    wrong = sorted(names & declared_index.projection.attributes)
    assert wrong == [], (
        f"schemas.json: index {declared_index.name} of {declared.name} includes "
        f"{', '.join(wrong)}; keys are always projected: remove them from attributes"
    )
