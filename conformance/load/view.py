"""What was measured of one run, by table and phase."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.load import Load
from conformance.load.durations import percentiles_ms
from conformance.load.load_schedule import Plan, shares
from conformance.load.measurements import STEADY, Meter, Second
from conformance.load.request_bodies import Kind


@dataclass(frozen=True)
class View:
    """One run."""

    measured: Meter
    plan: Plan
    declared: Declared
    begin: float
    """When the first phase began, in seconds since 1970."""

    @property
    def load(self) -> Load:
        """As it was planned."""
        return self.plan.load

    def kinds(self, name: str) -> list[Kind]:
        """Which kinds of request were measured, by name."""
        kinds = [it for it in self.measured.latency if it.table == name]
        return sorted(kinds, key=lambda it: it.name)

    def service(self, kinds: list[Kind]) -> dict[str, Any]:
        """Service times, from when a request was sent."""
        return {
            kind.name: percentiles_ms([self.measured.service[kind]]) for kind in kinds
        }

    def steady(self, name: str) -> dict[int, Second]:
        """The whole seconds of the steady phase."""
        begin, end = self.plan.window(STEADY)
        first, last = int(self.begin + begin) + 1, int(self.begin + end)
        found = self.of(name, STEADY)
        if not found:
            return {}
        return {second: found.get(second, Second()) for second in range(first, last)}

    def of(self, name: str, phase: str) -> dict[int, Second]:
        """The seconds of a phase."""
        return {
            second: counts
            for (second, at, table), counts in sorted(self.measured.seconds.items())
            if (at, table) == (phase, name)
        }

    def errors(self, name: str) -> dict[str, int]:
        """How often each error was met at the full rate."""
        found: dict[str, int] = {}
        for (phase, kind, error), count in self.measured.errors.items():
            if (phase, kind.table) == (STEADY, name):
                found[error] = found.get(error, 0) + count
        return found

    def dropped(self, cause: str) -> int:
        """Requests that were due at the full rate and not sent, for this cause."""
        dropped = self.measured.dropped.items()
        return sum(it for (at, _, why), it in dropped if (at, why) == (STEADY, cause))

    def consumed(self, name: str) -> dict[str, float]:
        """Units by index and use, from the answers that were read for them."""
        measured, found = self.measured, {}
        for (table, index, use), units in measured.consumed.items():
            if table == name:
                writes = use == "write"
                answers = measured.successes(name, writes=writes) or 1
                part = measured.read_answers[name, writes] / answers
                whole = round(units / part) if part else 0.0
                found[f"{index or 'table'} {use}"] = whole
        return found

    def slack(self, name: str) -> int:
        """Arrivals are whole: a second may have one less of each kind."""
        table = self.declared.tables[name]
        return sum(1 for _ in shares(table, self.load.tables[name]))

    def why(self, name: str) -> str:
        """What kept requests at the full rate from being answered, in words."""
        told = dict(self.errors(name))
        waiting = self.measured.dropped[STEADY, name, "waiting"]
        if waiting:
            told["never sent, as every connection was waiting for an answer"] = waiting
        throttled = sum(
            count
            for (phase, table, *_), count in self.measured.throttles.items()
            if (phase, table) == (STEADY, name)
        )
        if throttled:
            told["throttled"] = throttled
        return "".join(f"; {count} of {what}" for what, count in told.items())


def total_of(seconds: Iterable[Second]) -> Second:
    """All of them together."""
    total = Second()
    for each in seconds:
        total.add(each)
    return total


def or_else(value: float | None, otherwise: str) -> str:
    """The value in short, or what stands for none."""
    return otherwise if value is None else f"{value:g}"
