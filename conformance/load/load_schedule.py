"""The load schedule of one run: phases, their rates, and the order of requests."""

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from conformance.config.declared import Declared
from conformance.config.declared.load import Load, Phase, TableLoad
from conformance.load.arrivals import interleaved
from conformance.load.measurements import STEADY
from conformance.load.request_bodies import QUERY, Bodies, Request
from conformance.model.errors import BadInputError
from conformance.model.table import Table

USERS = 60
"""The number of locust's users that are the full rate."""
SHAPES = ("full", "steady", "ramp", "spike")
_QUIET = 0.1
"""The share of the full rate that a ramp begins with."""
_SETTLING, _SETTLING_S = "settling", 3
"""The time between two phases, not judged; locust changes users once a second."""
OUTSIDE = "outside"
_SEED = 7246
_PICKS = 8192
_LEAST_ITEMS = 50


@dataclass(frozen=True)
class Choices:
    """The changes that the command line makes to the declared load."""

    shape: str = "full"
    seconds: float | None = None
    """The length of the steady phase; all others are shortened alike."""
    scale: float = 1.0
    without: frozenset[str] = frozenset()
    """Operations that are left out; the others take their share."""


@dataclass(frozen=True)
class LoadSchedule:
    """The phases of one run, and why it may be less than was declared."""

    load: Load
    phases: tuple[Phase, ...]
    deviations: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Return the length of all phases."""
        return sum(phase.seconds for phase in self.phases)

    def share_at(self, elapsed: float) -> float | None:
        """Return the share of the full rate at a moment; None once all is over."""
        for phase in self.phases:
            if elapsed < phase.seconds:
                passed = elapsed / phase.seconds
                return phase.start + (phase.end - phase.start) * passed
            elapsed -= phase.seconds
        return None

    def phase_at(self, elapsed: float) -> str:
        """Return the name of the phase at a moment, or `outside`."""
        if elapsed < 0:
            return OUTSIDE
        for phase in self.phases:
            if elapsed < phase.seconds:
                return phase.name
            elapsed -= phase.seconds
        return OUTSIDE

    def window(self, name: str) -> tuple[float, float]:
        """Return when a phase begins and ends; (0, 0) where there is no such phase."""
        begin = 0.0
        for phase in self.phases:
            if phase.name == name:
                return begin, begin + phase.seconds
            begin += phase.seconds
        return 0.0, 0.0


def make_schedule(load: Load, choices: Choices) -> LoadSchedule:
    """Return the schedule of the declared load, as the command line changes it.

    Raises:
        BadInputError: nothing is left of it.
    """
    shorter = 1.0
    if choices.seconds is not None:
        shorter = choices.seconds / load.seconds[STEADY]
    phases = tuple(
        phase if phase.name == _SETTLING else _shortened(phase, shorter)
        for phase in _phases(load, choices.shape)
    )
    tables = {name: _without(table, choices) for name, table in load.tables.items()}
    if not any(table.writes or table.reads for table in tables.values()):
        raise BadInputError(
            f"--without {','.join(sorted(choices.without))} leaves nothing to send; "
            "expected: at least one operation that a table's load declares"
        )
    used = replace(
        load,
        writes_per_s=load.writes_per_s * choices.scale,
        reads_per_s=load.reads_per_s * choices.scale,
        items=min(load.items, max(_LEAST_ITEMS, int(load.items * choices.scale))),
        tables=tables,
    )
    return LoadSchedule(used, phases, tuple(_deviations(load, choices)))


def declared_under_load(declared: Declared) -> Declared:
    """Return the declaration without the tables that no load is declared of.

    Raises:
        BadInputError: a load is declared of none of them.
    """
    parts = declared.load.tables
    tables = {name: table for name, table in declared.tables.items() if name in parts}
    if not tables:
        raise BadInputError(
            "surroundings.toml declares no load of any of these tables: "
            f"{', '.join(sorted(declared.tables))}; expected: a section "
            "load.tables.NAME of each table that is to be loaded"
        )
    return replace(declared, tables=tables)


def _shortened(phase: Phase, factor: float) -> Phase:
    # A phase that is no longer than settling is left out.
    seconds = phase.seconds * factor if phase.seconds > _SETTLING_S else 0
    return replace(phase, seconds=seconds)


def _phases(load: Load, shape: str) -> Iterator[Phase]:
    first = 1.0 if shape in ("steady", "spike") else _QUIET
    yield Phase("warm-up", load.seconds["warm_up"], first, first)
    if shape in ("full", "ramp"):
        yield Phase("ramp", load.seconds["ramp"], _QUIET, 1.0)
    if shape in ("full", "steady"):
        yield Phase(_SETTLING, _SETTLING_S, 1.0, 1.0)
        yield Phase(STEADY, load.seconds[STEADY], 1.0, 1.0)
    if shape in ("full", "spike"):
        yield Phase("spike", load.seconds["spike"], load.spike, load.spike)


def _without(table: TableLoad, choices: Choices) -> TableLoad:
    def kept(shares: Mapping[str, float]) -> Mapping[str, float]:
        return {
            name: share for name, share in shares.items() if name not in choices.without
        }

    return replace(
        table,
        writes_per_s=table.writes_per_s * choices.scale,
        reads_per_s=table.reads_per_s * choices.scale,
        writes=kept(table.writes),
        reads=kept(table.reads),
    )


def _deviations(load: Load, choices: Choices) -> Iterator[str]:
    if choices.scale != 1:
        yield f"{choices.scale:g} times the declared rate"
    if choices.seconds is not None and choices.seconds < load.seconds[STEADY]:
        yield f"held for {choices.seconds:g} s of {load.seconds[STEADY]:g}"
    if choices.without:
        yield f"without {', '.join(sorted(choices.without))}"


def operation_rates(table: Table, load: TableLoad) -> Iterator[tuple[str, str, float]]:
    """Yield operation, index and rate of everything that a table gets."""
    for kinds, rate in (
        (load.writes, load.writes_per_s),
        (load.reads, load.reads_per_s),
    ):
        whole = sum(kinds.values())
        for operation, part in kinds.items():
            operation_rate = rate * part / whole
            if operation != QUERY:
                yield operation, "", operation_rate
                continue
            for index in table.indexes:
                yield operation, index, operation_rate / len(table.indexes)


def request_mix(
    tables: Mapping[str, Table], load: Load, bodies: Mapping[str, Bodies]
) -> Iterator[Request]:
    """Yield all requests of the load, evenly mixed, without end."""
    return interleaved(
        (_stream(bodies[name], load.tables[name], operation, index), rate)
        for name, table in tables.items()
        for operation, index, rate in operation_rates(table, load.tables[name])
    )


def item_weights(keys: str, count: int) -> list[float]:
    """Return how often each item is chosen, relative to the others."""
    if keys == "zipf":
        return [1 / (n + 1) for n in range(count)]
    if keys == "hot":
        few = max(1, count // 100)
        return [1 / few if n < few else 1 / max(1, count - few) for n in range(count)]
    return [1.0] * count


def _stream(
    bodies: Bodies, load: TableLoad, operation: str, index: str
) -> Iterator[Request]:
    """Yield requests of one kind, about items chosen as declared, as in every run."""
    made = [bodies.make(operation, slot, index) for slot in bodies.slots]
    chosen = random.Random(f"{_SEED} {operation} {index}")  # noqa: S311 -- no secret
    if load.keys == "uniform":
        order = list(range(len(made)))
        chosen.shuffle(order)
    else:
        every = range(len(made))
        order = chosen.choices(every, item_weights(load.keys, len(made)), k=_PICKS)
    return itertools.cycle([made[slot] for slot in order])
