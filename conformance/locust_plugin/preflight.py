"""The target of a load: an open environment, and what may be sent to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.aws.interlock import require
from conformance.config.baselines import accepted
from conformance.config.environment import Environment, load_environment
from conformance.deployed.region import DeployedRegion
from conformance.load.engine import Work, prepare
from conformance.load.forecast import Forecast, forecast
from conformance.load.load_schedule import declared_under_load, make_schedule
from conformance.load.signing import Credentials, Signer, compare_with_botocore
from conformance.load.transport import Endpoint
from conformance.locust_plugin.options import Options, refuse_proxy
from conformance.model.errors import (
    BadInputError,
    NotAssessedError,
    RefusedError,
    UnreadableError,
)
from conformance.probes.items import require_writable
from conformance.run.inputs import load_inputs
from conformance.run.session import Session, open_session


@dataclass(frozen=True)
class LoadTarget:
    """An open environment, and everything that may be sent to it."""

    session: Session
    work: Work
    forecast: Forecast
    endpoint: Endpoint
    baseline: Mapping[str, Any] | None
    """The accepted latencies; None if none were accepted yet."""

    @property
    def region(self) -> str:
        """Return the primary region, which the load is sent to."""
        return self.session.environment.regions[0]

    @property
    def not_loaded(self) -> list[str]:
        """Return the declared tables for which no load is declared."""
        tables = self.work.declared.tables
        return sorted(set(self.session.declared.tables) - set(tables))

    @property
    def deployed(self) -> DeployedRegion:
        """Return the deployed primary region."""
        return self.session.deployed.regions[self.region]

    def credentials(self) -> Credentials:
        """Return the present credentials, renewed if that is due."""
        return Credentials(*self.session.clients.credentials())

    def signer(self) -> Signer:
        """Return a signer for requests to the endpoint."""
        host = self.endpoint.url.partition("://")[2].rstrip("/")
        return Signer(self.credentials(), self.region, host)

    def close(self) -> None:
        """Close the session."""
        self.session.close()


def open_target(options: Options, process: str = "main") -> LoadTarget:
    """Check everything that could forbid the load, and open the environment.

    Raises:
        BadInputError: nothing was written, and the message says why.
    """
    environment = load_environment(options.environment)
    try:
        require(environment, "load")
    except NotAssessedError as problem:
        raise BadInputError(f"{problem}; nothing was sent") from None
    session = open_session(load_inputs(environment, options.schemas), process)
    try:
        return _target(options, session)
    except (NotAssessedError, RefusedError, UnreadableError) as problem:
        session.close()
        raise BadInputError(f"no load: {problem}") from None
    except BaseException:
        session.close()
        raise


def _target(options: Options, session: Session) -> LoadTarget:
    declared, clients = session.declared, session.clients
    region = session.environment.regions[0]
    to_load = declared_under_load(declared)
    schedule = make_schedule(declared.load, options.choices)
    url = session.target.endpoint
    refuse_proxy(url)
    compare_with_botocore(Credentials(*clients.credentials()), region, url)
    target = LoadTarget(
        session=session,
        work=prepare(clients, to_load, schedule),
        forecast=forecast(schedule, to_load, region),
        endpoint=Endpoint(
            url=url,
            region=region,
            authorities=clients.authorities,
            timeout_ms=schedule.load.timeout_ms,
            connections=schedule.load.connections,
        ),
        baseline=accepted(session.environment.name),
    )
    _refuse(target, options)
    return target


def _refuse(target: LoadTarget, options: Options) -> None:
    problems = list(_unwritable(target))
    dear = too_dear(target.session.environment, target.work, target.forecast)
    if dear and not options.confirmed:
        problems.append(f"  {dear}")
    if problems:
        raise BadInputError("no load, and nothing was written:\n" + "\n".join(problems))


def _unwritable(target: LoadTarget) -> Iterator[str]:
    accepted = target.session.environment.consumers_accepted
    for name, declared in target.work.declared.tables.items():
        deployed = target.deployed.tables[name]
        try:
            require_writable(declared, deployed, accepted)
        except (NotAssessedError, UnreadableError) as problem:
            yield f"  {deployed.name}: {problem}"


def too_dear(environment: Environment, work: Work, costs: Forecast) -> str:
    """Say why the load needs `--yes`; empty if it does not, as on a local target."""
    return costs.too_dear(work.schedule.load.limit_usd) if environment.is_aws else ""
