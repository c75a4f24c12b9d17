"""Opens the environment for a load, or says why there will be none."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.accepted import load_attestations, load_waivers
from conformance.catalogue import load_catalogue
from conformance.declared import load_declared
from conformance.deployed.region import DeployedRegion
from conformance.environment import load_environment
from conformance.errors import (
    BadInputError,
    NotAssessedError,
    RefusedError,
    UnreadableError,
)
from conformance.interlock import require
from conformance.load.engine import Work, prepare
from conformance.load.forecast import Forecast, forecast
from conformance.load.plan import planned
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Endpoint
from conformance.localtarget import LocalTarget
from conformance.perf.options import Options, refuse_proxy
from conformance.perf.signercheck import compare_with_botocore
from conformance.probes.items import require_writable
from conformance.recording import Recorder
from conformance.suite import Suite


@dataclass
class Ground:
    """An opened environment, and everything that may be sent to it."""

    suite: Suite
    work: Work
    forecast: Forecast
    endpoint: Endpoint
    local: LocalTarget | None

    @property
    def region(self) -> str:
        """Where the load goes: the primary region."""
        return self.suite.environment.regions[0]

    @property
    def deployed(self) -> DeployedRegion:
        """What is there."""
        assert self.suite.deployed is not None  # noqa: S101 -- opened below
        return self.suite.deployed.regions[self.region]

    def credentials(self) -> Credentials:
        """As they are now; renewed where that is due."""
        assert self.suite.door is not None  # noqa: S101 -- opened below
        return Credentials(*self.suite.door.credentials())

    def signer(self) -> Signer:
        """For requests to the endpoint."""
        host = self.endpoint.url.partition("://")[2].rstrip("/")
        return Signer(self.credentials(), self.region, host)

    def close(self) -> None:
        """Stop the stand-in that was started, if one was."""
        if self.local:
            self.local.stop()


def open_ground(options: Options, process: str = "main") -> Ground:
    """Account and region first, then everything that could forbid the load.

    Raises:
        BadInputError: nothing was written, and the message says why.
    """
    environment = load_environment(options.environment)
    try:
        require(environment, "load")
    except NotAssessedError as problem:
        raise BadInputError(f"{problem}; nothing was sent") from None
    local = LocalTarget(environment, options.schemas) if environment.standin else None
    try:
        return _open(options, local, process)
    except (NotAssessedError, RefusedError, UnreadableError) as problem:
        if local:
            local.stop()
        raise BadInputError(f"no load: {problem}") from None
    except BaseException:
        if local:
            local.stop()
        raise


def _open(options: Options, local: LocalTarget | None, process: str) -> Ground:
    environment = local.environment if local else load_environment(options.environment)
    catalogue = load_catalogue()
    declared = load_declared(environment, options.schemas)
    suite = Suite(
        environment=environment,
        declared=declared,
        catalogue=catalogue,
        waivers=load_waivers(catalogue),
        attestations=load_attestations(catalogue),
        recorder=Recorder(process),
    )
    suite.open()
    door = suite.door
    assert door is not None  # noqa: S101 -- just opened
    region = environment.regions[0]
    plan = planned(declared.load, options.choices)
    url = door.endpoint("dynamodb", region)
    refuse_proxy(url)
    compare_with_botocore(Credentials(*door.credentials()), region, url)
    ground = Ground(
        suite=suite,
        work=prepare(door, declared, plan),
        forecast=forecast(plan, declared, region),
        endpoint=Endpoint(
            url,
            region,
            door.authorities,
            plan.load.timeout_ms,
            plan.load.connections,
        ),
        local=local,
    )
    _refuse(ground, options)
    return ground


def _refuse(ground: Ground, options: Options) -> None:
    problems = [*_unwritable(ground), *_too_dear(ground, options)]
    if problems:
        raise BadInputError("no load, and nothing was written:\n" + "\n".join(problems))


def _unwritable(ground: Ground) -> Iterator[str]:
    accepted = ground.suite.environment.consumers_accepted
    for name, declared in ground.suite.declared.tables.items():
        deployed = ground.deployed.tables[name]
        try:
            require_writable(declared, deployed, accepted)
        except (NotAssessedError, UnreadableError) as problem:
            yield f"  {deployed.name}: {problem}"


def _too_dear(ground: Ground, options: Options) -> Iterator[str]:
    limit, usd = ground.work.plan.load.limit_usd, ground.forecast.usd
    if options.confirmed or not ground.suite.environment.is_aws:
        return
    if usd is None:
        yield "  the cost is not known: prices are open; --yes goes on all the same"
    elif usd > limit:
        yield f"  estimated at {usd:.2f} USD, the limit is {limit:g} USD; --yes goes on"
