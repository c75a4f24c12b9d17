"""A small load on a small server, judged by targets that fit it."""

from dataclasses import replace

from conformance.load.engine import EPOCH, Engine, Work
from conformance.load.judgement import Judge
from conformance.load.load_schedule import USERS, Choices, make_schedule
from conformance.load.request_bodies import Bodies
from conformance.load.results_view import CloudWatchThrottles, RunContext, Scan
from tests.selftest.load.engine import memory_transport
from tests.selftest.load.memory_loop import held_clock
from tests.selftest.load.server import LoadServer
from tests.selftest.own_contract import own_declared, own_environment

TABLE = "tenants"
INDEX = "TenantsByOrganization"
SECONDS = {"warm_up": 0.2, "ramp": 4, "steady": 6, "spike": 0.5}
SLOW_MS = 2000
DECLARED = own_declared(own_environment("sit"))
SCAN = Scan(1, 20, 0.1, 5.0, 4096, 4096, 0.14)
QUIET = {(TABLE, ""): 0.0, (TABLE, INDEX): 0.0}
BASELINE = {
    TABLE: {
        f"{kind}": {"p50": 5e3, "p95": 5e3, "p99": 5e3}
        for kind in ("get", "put", "update", f"query {INDEX}")
    }
}
AROUND = RunContext(CloudWatchThrottles(QUIET), BASELINE, {TABLE: SCAN})


def _declared():
    """One table, 160 requests a second, and wide targets."""
    load = DECLARED.load
    tenants = replace(
        load.tables[TABLE],
        writes_per_s=80,
        reads_per_s=80,
        writes={"put": 50, "update": 50},
        reads={"get": 50, "query": 50},
    )
    small = replace(
        load,
        writes_per_s=80,
        reads_per_s=80,
        seconds=SECONDS,
        items=20,
        connections=64,
        timeout_ms=1500,
        each_second_percent=0,
        silence_s=0.9,
        tables={TABLE: tenants},
    )
    targets = dict.fromkeys(DECLARED.targets, SLOW_MS)
    return replace(
        DECLARED,
        load=small,
        tables={TABLE: DECLARED.tables[TABLE]},
        targets=DECLARED.targets | targets,
    )


class Twin:
    """One load on one server in memory, and what is said of it."""

    def __init__(self, **server):
        """Make it, conforming unless the server is wrong."""
        self.server = LoadServer(**{"delay": lambda _: 0.002} | server)
        self.declared = _declared()
        self.begin = 0.0

    def run(self, clock=None):
        """Load the server by the schedule, and by the clock."""
        load = self.declared.load
        self.schedule = make_schedule(load, Choices())
        bodies = {
            name: Bodies(table, f"{name}-x", load.tables[name], load.items)
            for name, table in self.declared.tables.items()
        }
        with held_clock(clock) as now:
            transport = memory_transport(self.server, now, timeout_ms=1500)
            engine = Engine(Work(self.declared, self.schedule, bodies), transport)
            self.begin = engine.begin = now() + EPOCH + 0.05
            self._schedule_users(engine)
            engine.run()
            transport.close()
        self.measured = engine.meter
        return self

    def _schedule_users(self, engine):
        """Change the rate every 50 ms, as locust's users do, but all of it at once."""
        at, start = 0.0, engine.begin - EPOCH
        while (share := self.schedule.share_at(at)) is not None:
            rate = self.schedule.load.per_s * round(USERS * share) / USERS
            engine._arrivals.change(start + at, rate)  # noqa: SLF001 -- the whole schedule at once
            at += 0.05
        engine._arrivals.close(start + self.schedule.seconds)  # noqa: SLF001 -- the same

    def said(self, around=AROUND, **declared):
        """Every criterion and subject with its outcome."""
        judge = Judge(
            self.measured,
            self.schedule,
            replace(self.declared, **declared),
            begin=self.begin,
            region="eu-west-1",
        )
        return {
            (finding.criterion, finding.subject): finding
            for finding in judge.decide(around)
        }

    def not_passed(self, around=AROUND, **declared):
        """What is not PASS."""
        said = self.said(around, **declared)
        return {
            key: finding.outcome
            for key, finding in said.items()
            if finding.outcome != "PASS"
        }
