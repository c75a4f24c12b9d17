"""The places in which drills make something: regions, and the copies' destination."""

from dataclasses import replace

from conformance.aws.client import AwsClients
from conformance.aws.login import connect
from conformance.config.declared import Declared
from conformance.config.environment import RestoreDestination
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
    return [*found, _other(clients, declared, tables, elsewhere)]


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


def _other(
    clients: AwsClients,
    declared: Declared,
    tables: frozenset[str],
    elsewhere: RestoreDestination,
) -> Place:
    """Return the destination as a place, through clients of its account."""
    if elsewhere.account != clients.environment.account:
        environment = replace(
            clients.environment,
            account=elsewhere.account,
            regions=(elsewhere.region,),
            profile=elsewhere.profile,
            access_key_id=elsewhere.access_key_id,
        )
        clients, _ = connect(environment, declared, clients.recorder)
    return Place(clients, elsewhere.region, tables, (elsewhere.vault,), sources=False)
