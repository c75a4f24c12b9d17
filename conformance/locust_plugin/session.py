"""One load run, from its first check to its sealed folder."""

import signal
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.aws.recorder import collecting
from conformance.load.durations import percentiles_ms
from conformance.load.engine import Sender, clean_up, scans, seed
from conformance.load.judgement import Judge
from conformance.load.leftovers import remove_earlier
from conformance.load.measurements import STEADY, Meter
from conformance.load.verdicts import Around, Counted, Scan
from conformance.locust_plugin.cloudwatch import throttles
from conformance.locust_plugin.load_results import findings, tell, write_files
from conformance.locust_plugin.options import Options
from conformance.locust_plugin.preflight import Ground
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.run.run_folder import Run
from conformance.run.verdict import FAILED, exit_status

INTERRUPTED, BROKEN = 2, 3
Native = Callable[..., Any]
"""Runs a function outside locust's event loop, and returns what it returns."""


class Session:
    """What the process that reports does around the load."""

    def __init__(self, ground: Ground, options: Options, native: Native) -> None:
        """Make the run's folder; nothing is sent yet."""
        self._ground = ground
        self._native = native
        self._work = ground.work
        self.run = Run(ground.suite, options.evidence)
        self.run.observed(ground.suite.recorder.drain())
        self.begin = 0.0
        self.complete = False
        """Whether the plan was gone through to its end."""
        self.interrupted = False
        """Whether somebody wants it to end."""
        self._refused = False
        self._broke = False
        self._seeding = False
        if options.engine == "sdk":
            self.run.remark("The load was sent by boto3: a cross-check of the engine.")
        self.run.foretold(ground.forecast.lines)
        for name in ground.not_loaded:
            self.run.remark(
                f"Not loaded: {name}, as surroundings.toml has no load.tables.{name}."
            )
        for line in ground.work.plan.deviations:
            self.run.remark(f"Not the declared load: {line}.")

    def header(self) -> list[str]:
        """The ground of the run, before anything is sent."""
        environment = self._ground.suite.environment
        caller = self._ground.suite.caller
        load = self._work.plan.load
        kind = "" if environment.is_aws else "  (a local target: this is no AWS)"
        endpoint = f"{self._ground.endpoint.url}{kind}"
        rates = f"{load.writes_per_s:g} writes/s and {load.reads_per_s:g} reads/s"
        return [
            f"environment: {environment.name}, from {environment.source}",
            f"account: {environment.account} as {caller.arn if caller else ''}",
            f"region: {self._ground.region}; endpoint: {endpoint}",
            f"load: {rates}, {self._work.plan.seconds:g} s in all",
            *(f"not loaded: {it}" for it in self._ground.not_loaded),
            *(f"forecast: {line}" for line in self._ground.forecast.lines),
            f"evidence: {self.run.folder}",
        ]

    def seed(self, sender: Sender) -> bool:
        """Remove what a killed run left, and write all items; whether that was done."""
        items = self._work.plan.load.items
        _tell(f"writing {items} items in each of {len(self._work.bodies)} tables")
        removed, problem = self._native(
            remove_earlier, self._work, self._ground.suite.clients, sender
        )
        if removed:
            self.run.remark(f"{removed} items of an earlier run were removed.")
        self._seeding = not problem
        problem = problem or str(self._native(seed, self._work, sender))
        if problem and not self.interrupted:
            self.run.remark(f"No load: {problem}", complete=False)
            self._refused = True
        if not problem:
            self.begin = time.time()
        return not problem

    def broke(self, problem: Exception) -> None:
        """The suite itself is at fault: nothing that was measured counts."""
        traceback.print_exception(problem)
        told = f"{type(problem).__name__}: {problem}"
        self.run.remark(f"The suite itself broke: {told}.", complete=False)
        self._broke = self._refused = True

    def finish(self, sender: Sender, measured: Meter) -> int:
        """Clean up, judge, and leave the evidence; the exit status.

        A second Ctrl-C does not keep it from cleaning up, which is bounded.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if not self.complete and not self._refused:
            self.run.remark("The run was interrupted.", complete=False)
        found: Mapping[str, Scan] = {}
        try:
            if self.complete:
                found = self._scans(sender)
        finally:
            self._clean_up(sender)  # before CloudWatch, which may take minutes
        around = Around()
        if self.complete:
            around = Around(self._counted(), self._ground.baseline, found)
        return self._judge(measured, around)

    def _scans(self, sender: Sender) -> Mapping[str, Scan]:
        prices = self._ground.suite.declared.costs
        usd = prices.price(self._ground.region, "reads").usd
        return dict(
            self._native(lambda: list(scans(self._work, sender, self._sizes(), usd)))
        )

    def _counted(self) -> Counted:
        suite = self._ground.suite
        if "PRF-2" in suite.environment.cannot_prove:
            return Counted(missing="this target counts nothing")
        assert suite.clients is not None  # noqa: S101 -- opened with the ground
        begin, end = (self.begin + it for it in self._work.plan.window(STEADY))
        window = (datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC))
        try:
            with collecting():
                return throttles(
                    suite.clients, self._work.declared, self._ground.region, window
                )
        except (NotAssessedError, UnreadableError) as problem:
            return Counted(missing=f"CloudWatch could not be asked: {problem}")

    def _sizes(self) -> dict[str, int]:
        tables = self._ground.deployed.tables
        return {
            name: int(tables[name].description["TableSizeBytes"])
            for name in self._work.declared.tables
        }

    def _clean_up(self, sender: Sender) -> None:
        if not self._seeding:
            return
        sender.stopping = False
        _tell("deleting the items of this load")
        problem = str(self._native(clean_up, self._work, sender))
        if problem:
            self.run.remark(
                f"Test items were not all removed: {problem}", complete=False
            )

    def _judge(self, measured: Meter, around: Around) -> int:
        suite = self._ground.suite
        judge = Judge(measured, self._work.plan, suite.declared, self.begin)
        observations = tuple(suite.recorder.drain())
        self.run.observed(observations)
        if not sum(it.answered for it in measured.seconds.values()):
            self.run.remark("No request was answered.", complete=False)
        asked = tuple(it for it in observations if it.service == "cloudwatch")
        for finding in findings(
            suite, self._ground.region, judge.decide(around), asked
        ):
            self.run.found(finding)
        write_files(self.run.folder, measured, judge.baseline())
        self.run.end()
        lag = percentiles_ms([measured.lag])
        said = f"send lag : p50 {lag['p50']} ms, p99 {lag['p99']} ms"
        print("\n".join(tell(self.run, measured, said)), flush=True)  # noqa: T201
        self.run.seal()
        if self._broke:
            return BROKEN
        if not self.complete and not self._refused:
            return INTERRUPTED
        if not self.run.complete:
            return FAILED
        return exit_status(self.run.findings)


def _tell(what: str) -> None:
    """Say what takes a while, to who watches."""
    print(f"load: {what}", flush=True)  # noqa: T201
