"""A small load on a small server, judged by targets that fit it."""

import time
from dataclasses import replace

from botocore.httpsession import get_cert_path

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.load.engine import EPOCH, Engine, Work
from conformance.load.judgement import Judge
from conformance.load.load_schedule import USERS, Choices, make_schedule
from conformance.load.request_bodies import Bodies
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Endpoint, Transport
from conformance.load.view import CloudWatchThrottles, RunContext, Scan
from tests.selftest.load.server import LoadServer, serving

PUBLIC = get_cert_path(verify=True)
TABLE = "tenants"
INDEX = "TenantsByOrganization"
SECONDS = {"warm_up": 0.2, "ramp": 4, "steady": 6, "spike": 0.5}
SLOW_MS = 2000
DECLARED = load_declared(load_environment("sit"))
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
    """One table, 160 requests a second, and targets that a busy machine meets."""
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
        send_lag_ms=1000,
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
    """One load on one server, and what is said of it."""

    def __init__(self, **server):
        """Make it, conforming unless the server is wrong."""
        self.server = LoadServer(**server)
        self.declared = _declared()
        self.begin = 0.0
        self.sleep = time.sleep

    def run(self):
        """Load the server by the plan."""
        schedule = make_schedule(self.declared.load, Choices())
        bodies = {
            name: Bodies(
                table, f"{name}-x", schedule.load.tables[name], schedule.load.items
            )
            for name, table in self.declared.tables.items()
        }
        with serving(self.server) as server:
            signer = Signer(Credentials("AK", "secret"), "eu-west-1", "host")
            endpoint = Endpoint(server.url, "eu-west-1", PUBLIC, 1500, 64)
            transport = Transport(endpoint, signer, self.sleep)
            work = Work(self.declared, schedule, bodies)
            engine = Engine(work, transport)
            self.begin = engine.begin = time.time() + 0.05
            self._schedule_users(engine, schedule)
            engine.run()
            transport.close()
        self.measured, self.schedule = engine.meter, schedule
        return self

    @staticmethod
    def _schedule_users(engine, schedule):
        """What locust does by users, at once: the rate of every 50 ms."""
        at = 0.0
        start = engine.begin - EPOCH
        while (share := schedule.share_at(at)) is not None:
            rate = schedule.load.per_s * round(USERS * share) / USERS
            engine._arrivals.change(start + at, rate)  # noqa: SLF001 -- the whole plan at once
            at += 0.05
        engine._arrivals.close(start + schedule.seconds)  # noqa: SLF001 -- the same

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
        return {key: it.outcome for key, it in said.items() if it.outcome != "PASS"}
