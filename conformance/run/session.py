"""An open environment: who asks, through which clients, and what is deployed."""

from dataclasses import dataclass, field, replace

from conformance.aws.client import AwsClients, Caller
from conformance.aws.login import connect
from conformance.aws.recorder import Recorder, collecting
from conformance.aws.recording import Recording
from conformance.aws.replay_clients import ReplayClients
from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.deployed import DeployedEnvironment
from conformance.deployed.facts import Facts
from conformance.model.finding import Observation
from conformance.run.inputs import Inputs
from conformance.run.standin_process import StandinProcess, provisioned_standin


@dataclass(frozen=True)
class Target:
    """The endpoint and the caller of a run, for its evidence and its header."""

    endpoint: str = ""
    """The address of DynamoDB in the primary region; empty if nobody was asked."""
    caller: str = ""
    """The ARN of the credentials' owner, as STS gave it."""
    credentials_from: str = ""
    """The source of the credentials, in botocore's words."""
    replay: Recording | None = None
    """The recording that was judged; AWS was not asked then."""


@dataclass(frozen=True)
class Session:
    """An environment that has answered, with everything that reads it."""

    inputs: Inputs
    """The files, with the endpoint of the session's own stand-in if it has one."""
    recorder: Recorder
    clients: AwsClients
    caller: Caller
    facts: Facts = field(repr=False)
    deployed: DeployedEnvironment = field(repr=False)
    worker: int = 0
    """The process's share of the slots that test items have."""
    standin: StandinProcess | None = None
    """The stand-in that was started for this session, and ends with it."""

    @property
    def environment(self) -> Environment:
        """Return the environment as its file describes it."""
        return self.inputs.environment

    @property
    def declared(self) -> Declared:
        """Return the contract as it applies to the environment."""
        return self.inputs.declared

    @property
    def target(self) -> Target:
        """Return the endpoint and the caller of this session."""
        endpoint = self.clients.endpoint("dynamodb", self.environment.regions[0])
        return Target(
            endpoint=endpoint,
            caller=self.caller.arn,
            credentials_from=self.clients.credentials_from,
            replay=self.inputs.replay,
        )

    def recording(self, previous: Recording | None) -> Recording:
        """Return everything that was read so far, without secrets."""
        recording = self.facts.recording(self.caller, self.declared.sha256, previous)
        physical = map(self.environment.physical, self.declared.tables)
        return recording.redacted(self.declared.services.variables, set(physical))

    def close(self) -> None:
        """Stop the stand-in if one was started."""
        if self.standin:
            self.standin.stop()


def open_session(inputs: Inputs, process: str = "main", worker: int = 0) -> Session:
    """Start the environment's stand-in if it wants one, and reach the environment.

    Raises:
        BadInputError: as `connect`; or the stand-in does not start. Nothing is left
            behind.
    """
    if inputs.replay:
        return _open_replay(inputs, inputs.replay, Recorder(process), worker)
    standin = None
    environment = inputs.environment
    if environment.standin and not environment.endpoint_url:
        standin = provisioned_standin(environment, inputs.schemas)
        environment = replace(environment, endpoint_url=standin.endpoint)
        inputs = replace(inputs, environment=environment)
    recorder = Recorder(process)
    try:
        with collecting() as observations:
            clients, caller = connect(environment, inputs.declared, recorder)
        facts = _facts(clients, caller, observations)
        deployed = DeployedEnvironment(facts, inputs.declared)
    except BaseException:
        if standin:
            standin.stop()
        raise
    return Session(
        inputs=inputs,
        recorder=recorder,
        clients=clients,
        caller=caller,
        facts=facts,
        deployed=deployed,
        worker=worker,
        standin=standin,
    )


def _open_replay(
    inputs: Inputs, recording: Recording, recorder: Recorder, worker: int
) -> Session:
    clients = ReplayClients(inputs.environment, recorder, recording)
    facts = Facts(clients, recording)
    return Session(
        inputs=inputs,
        recorder=recorder,
        clients=clients,
        caller=recording.caller,
        facts=facts,
        deployed=DeployedEnvironment(facts, inputs.declared),
        worker=worker,
    )


def _facts(
    clients: AwsClients, caller: Caller, observations: list[Observation]
) -> Facts:
    """Return facts that begin with the caller, who is known already."""
    facts = Facts(clients)
    identity = {"Account": caller.account, "Arn": caller.arn}
    primary = clients.environment.regions[0]
    if observations:  # none where the target offers no STS: IDN-1 says so
        facts.seed("sts", primary, "GetCallerIdentity", identity, observations)
    return facts
