"""The places in which drills make something: regions, and the copies' destination."""

from dataclasses import replace

from conformance.aws.client import AwsClients
from conformance.aws.login import connect
from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.drills.leftovers import Place
from conformance.model.errors import NotAssessedError


def places(clients: AwsClients, declared: Declared) -> list[Place]:
    """Return the primary region, then its replicas', then another account's.

    Raises:
        BadInputError: the other account cannot be reached.
    """
    environment = clients.environment
    tables = frozenset(map(environment.physical, declared.tables))
    vaults = (declared.backups.vault,)
    elsewhere = environment.restore_into
    found = [Place(clients, region, tables, vaults) for region in environment.regions]
    if elsewhere is None:
        return found
    for number, place in enumerate(found):
        if (environment.account, place.region) == (
            elsewhere.account,
            elsewhere.region,
        ):
            both = tuple(dict.fromkeys((*vaults, elsewhere.vault)))
            found[number] = replace(place, vaults=both)
            return found
    return [*found, _other(clients, declared, tables)]


def destination(clients: AwsClients, declared: Declared) -> Place:
    """Return where copied recovery points are restored.

    Raises:
        NotAssessedError: the environment's file declares none.
        BadInputError: it cannot be reached.
    """
    elsewhere = clients.environment.restore_into
    if elsewhere is None:
        raise NotAssessedError(
            "no other account or region is declared to restore into; to decide this, "
            f"add restore_into to {clients.environment.source.name}"
        )
    return next(
        place
        for place in places(clients, declared)
        if (place.clients.environment.account, place.region)
        == (elsewhere.account, elsewhere.region)
    )


def _other(clients: AwsClients, declared: Declared, tables: frozenset[str]) -> Place:
    environment = elsewhere_of(clients.environment)
    opened = clients
    if environment.account != clients.environment.account:
        opened, _ = connect(environment, declared, clients.recorder)
    into = clients.environment.restore_into
    assert into is not None  # noqa: S101 -- asked for before
    return Place(opened, into.region, tables, (into.vault,), sources=False)


def elsewhere_of(environment: Environment) -> Environment:
    """Return the environment as it is where copies are restored."""
    into = environment.restore_into
    assert into is not None  # noqa: S101 -- asked for before
    return replace(
        environment,
        account=into.account,
        regions=(into.region,),
        profile=into.profile,
        access_key_id=into.access_key_id,
    )
