def test_services_use_declared_tables_and_indexes(contracts):
    """
    Every table and index that a service or access pattern uses MUST be declared.

    What is mistyped there is found by nobody: its checks would have no subject.
    """
    unknown = {
        f"{table}/{index}" if index else table
        for _, declared in contracts
        for table, indexes in used(declared.services)
        for index in indexes or {""}
        if table not in declared.tables
        or (index and index not in declared.tables[table].indexes)
    }
    assert unknown == set(), (
        "promotion/surroundings.toml: services or access_patterns use "
        f"{', '.join(sorted(unknown))}, which schemas.json does not declare"
    )


def test_every_service_is_judged(contracts):
    """
    Every declared service and access pattern MUST be about a table of the contract.

    One that is about none is left out of every run.
    """
    idle = {name for _, declared in contracts for name in declared.services.elsewhere}
    assert idle == set(), (
        f"promotion/surroundings.toml: {', '.join(sorted(idle))} of services or "
        "access_patterns names no table of schemas.json; correct or remove it"
    )


def test_fine_grained_tables_are_kept_by_their_key(contracts):
    """
    A table with fine-grained access MUST be declared, and kept by its tenant.

    The condition compares leading keys, which are partition keys, with the tenant. The
    partition key is named like the tag, or as the declaration says.
    """
    wrong = {
        name
        for _, declared in contracts
        for name, access in declared.security.fine_grained.items()
        if access.table not in declared.tables
        or declared.tables[access.table].key.partition.name != access.attribute
    }
    assert wrong == set(), "\n".join(
        f"promotion/surroundings.toml: fine_grained.{name} needs a declared table "
        "whose partition key has the name of the tag, or of partition_key"
        for name in sorted(wrong)
    )


def used(services):
    """Yield each table that is used, with the indexes that it is used by."""
    for service in services.services.values():
        yield from ((use.table, use.indexes) for use in service.uses)
    for pattern in (*services.lookups.values(), *services.lifecycles.values()):
        yield pattern.table, {pattern.index}
