"""The environment that this one was promoted from, through clients of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from conformance.aws.client import Caller
from conformance.aws.login import connect
from conformance.aws.recorder import Recorder
from conformance.aws.recording import Recording
from conformance.aws.replay_clients import ReplayClients
from conformance.config.declared import Declared, load_declared
from conformance.config.environment import Environment, load_environment
from conformance.deployed import DeployedEnvironment, DeployedTable
from conformance.deployed.facts import Facts
from conformance.deployed.table import MissingTableError
from conformance.model.errors import BadInputError, NotAssessedError
from conformance.model.table import AWS_OWNED, OFF, Table


@dataclass(frozen=True)
class Previous:
    """The previous environment, declared and deployed."""

    declared: Declared
    deployed: DeployedEnvironment
    facts: Facts
    caller: Caller

    @property
    def recording(self) -> Recording:
        """Everything that was read there."""
        return self.facts.recording(self.caller, self.declared.sha256)

    def table(self, name: str) -> DeployedTable:
        """Return the table of this declared name in the primary region.

        Raises:
            NotAssessedError: it was not promoted from there, because it is missing.
        """
        (primary, *_) = self.deployed.regions.values()
        table = primary.tables[name]
        try:
            table.require_present()
        except MissingTableError:
            raise NotAssessedError(f"{table.name} is missing in {self.name}") from None
        return table

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.deployed.name


def open_previous(
    environment: Environment,
    schemas: Path,
    recorder: Recorder,
    recording: Recording | None = None,
) -> Previous:
    """Reach the previous environment, under the same contract; it is only read.

    In a replay, `recording` is that of the environment that was promoted from it.

    Raises:
        NotAssessedError: it is not named, or cannot be reached.
    """
    if environment.previous is None:
        raise NotAssessedError(
            f"{environment.source.name} names no previous environment; add for "
            'example previous = "dev"'
        )
    try:
        previous = load_environment(_path(environment))
        _require_same_ground(environment, previous)
        declared = load_declared(previous, schemas)
        if recording:
            facts, caller = _replayed(previous, recorder, recording)
        else:
            clients, caller = connect(previous, declared, recorder)
            facts = Facts(clients)
    except BadInputError as problem:
        said = "; ".join(line.strip() for line in str(problem).splitlines())
        raise NotAssessedError(f"previous environment: {said}") from None
    deployed = DeployedEnvironment(facts, declared)
    return Previous(declared, deployed, facts, caller)


def _replayed(
    environment: Environment, recorder: Recorder, recording: Recording
) -> tuple[Facts, Caller]:
    previous = recording.previous
    if previous is None:
        raise NotAssessedError("the recording does not hold the previous environment")
    previous.require(environment)
    clients = ReplayClients(environment, recorder, previous)
    return Facts(clients, previous), previous.caller


def _path(environment: Environment) -> str:
    """Resolve a path in a file from that file's folder; leave a name as it is."""
    named = environment.previous or ""
    is_path = named.endswith(".toml") or "/" in named
    return str(environment.source.parent / named) if is_path else named


def _require_same_ground(environment: Environment, previous: Environment) -> None:
    """Refuse to compare AWS with what is no AWS; nothing is sent to either."""
    if environment.is_aws != previous.is_aws:
        raise BadInputError(
            f"{previous.source} and {environment.source}: one is on AWS, the other on "
            "loopback; they cannot be compared"
        )


def promoted_settings(
    table: DeployedTable, here: Table, there: Table
) -> Mapping[str, object]:
    """Return the settings of a deployed table that both contracts declare alike."""
    deployed: dict[str, Callable[[DeployedTable], object]] = {
        "capacity_mode": attrgetter("capacity_mode"),
        "maxima": attrgetter("maxima"),
        "table_class": attrgetter("table_class"),
        "stream": attrgetter("stream"),
        "ttl": attrgetter("ttl"),
        "recovery_days": _recovery_days,
        "key_class": _key_class,
        "deletion_protection": attrgetter("deletion_protection"),
    }
    return {
        name: read(table)
        for name, read in deployed.items()
        if getattr(here, name) == getattr(there, name)
    }


def _recovery_days(table: DeployedTable) -> object:
    return table.recovery_days if table.recovery_status == "ENABLED" else OFF


def _key_class(table: DeployedTable) -> str:
    if table.encryption == AWS_OWNED:
        return AWS_OWNED
    return table.encryption_key.key_class
