"""The opened environment of a load, or the reasons why there will be none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.aws.interlock import require
from conformance.aws.recorder import Recorder
from conformance.config.baselines import accepted
from conformance.config.criteria import load_catalogue
from conformance.config.declared import load_declared
from conformance.config.environment import Environment, load_environment
from conformance.config.waivers import load_attestations, load_waivers
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
from conformance.run.session import Suite
from conformance.run.standin_process import StandinProcess, provisioned_standin


@dataclass
class LoadTarget:
    """An opened environment, and everything that may be sent to it."""

    suite: Suite
    work: Work
    forecast: Forecast
    endpoint: Endpoint
    baseline: Mapping[str, Any] | None
    """The latencies of the accepted baseline, if there is one."""
    standin: StandinProcess | None

    @property
    def region(self) -> str:
        """The primary region, which is the one under load."""
        return self.suite.environment.regions[0]

    @property
    def not_loaded(self) -> list[str]:
        """The declared tables that no load is declared of."""
        tables = self.work.declared.tables
        return sorted(set(self.suite.declared.tables) - set(tables))

    @property
    def deployed(self) -> DeployedRegion:
        """The deployed region."""
        assert self.suite.deployed is not None  # noqa: S101 -- opened below
        return self.suite.deployed.regions[self.region]

    def credentials(self) -> Credentials:
        """Return the present credentials, renewed where that is due."""
        assert self.suite.clients is not None  # noqa: S101 -- opened below
        return Credentials(*self.suite.clients.credentials())

    def signer(self) -> Signer:
        """Return a signer for requests to the endpoint."""
        host = self.endpoint.url.partition("://")[2].rstrip("/")
        return Signer(self.credentials(), self.region, host)

    def close(self) -> None:
        """Stop the stand-in that was started, if one was."""
        if self.standin:
            self.standin.stop()


def open_target(options: Options, process: str = "main") -> LoadTarget:
    """Open account and region, then look at everything that could forbid the load.

    Raises:
        BadInputError: nothing was written, and the message says why.
    """
    environment = load_environment(options.environment)
    try:
        require(environment, "load")
    except NotAssessedError as problem:
        raise BadInputError(f"{problem}; nothing was sent") from None
    standin = None
    if environment.standin:
        standin = provisioned_standin(environment, options.schemas)
        environment = replace(environment, endpoint_url=standin.endpoint)
    try:
        return _open(options, environment, standin, process)
    except (NotAssessedError, RefusedError, UnreadableError) as problem:
        if standin:
            standin.stop()
        raise BadInputError(f"no load: {problem}") from None
    except BaseException:
        if standin:
            standin.stop()
        raise


def _open(
    options: Options,
    environment: Environment,
    standin: StandinProcess | None,
    process: str,
) -> LoadTarget:
    catalogue = load_catalogue()
    declared = load_declared(environment, options.schemas)
    suite = Suite(
        environment=environment,
        declared=declared,
        catalogue=catalogue,
        waivers=load_waivers(catalogue),
        attestations=load_attestations(catalogue, declared.assumptions),
        recorder=Recorder(process),
    )
    suite.open()
    clients = suite.clients
    assert clients is not None  # noqa: S101 -- just opened
    region = environment.regions[0]
    to_load = declared_under_load(declared)
    schedule = make_schedule(declared.load, options.choices)
    url = clients.endpoint("dynamodb", region)
    refuse_proxy(url)
    compare_with_botocore(Credentials(*clients.credentials()), region, url)
    target = LoadTarget(
        suite=suite,
        work=prepare(clients, to_load, schedule),
        forecast=forecast(schedule, to_load, region),
        endpoint=Endpoint(
            url,
            region,
            clients.authorities,
            schedule.load.timeout_ms,
            schedule.load.connections,
        ),
        baseline=accepted(environment.name),
        standin=standin,
    )
    _refuse(target, options)
    return target


def _refuse(target: LoadTarget, options: Options) -> None:
    problems = list(_unwritable(target))
    dear = too_dear(target.suite.environment, target.work, target.forecast)
    if dear and not options.confirmed:
        problems.append(f"  {dear}")
    if problems:
        raise BadInputError("no load, and nothing was written:\n" + "\n".join(problems))


def _unwritable(target: LoadTarget) -> Iterator[str]:
    accepted = target.suite.environment.consumers_accepted
    for name, declared in target.work.declared.tables.items():
        deployed = target.deployed.tables[name]
        try:
            require_writable(declared, deployed, accepted)
        except (NotAssessedError, UnreadableError) as problem:
            yield f"  {deployed.name}: {problem}"


def too_dear(environment: Environment, work: Work, told: Forecast) -> str:
    """Return why the load needs `--yes`; empty where it does not, as locally."""
    return told.too_dear(work.schedule.load.limit_usd) if environment.is_aws else ""
