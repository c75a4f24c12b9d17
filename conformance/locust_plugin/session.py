"""One load run, from its first check to its sealed folder."""

import signal
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.aws.recorder import collecting
from conformance.load.durations import percentiles_ms
from conformance.load.engine import Sender, clean_up, remove_earlier, scans, seed
from conformance.load.judgement import Judge
from conformance.load.measurements import STEADY, Meter
from conformance.load.view import CloudWatchThrottles, RunContext, Scan
from conformance.locust_plugin.cloudwatch import throttles
from conformance.locust_plugin.load_results import findings, terminal_lines, write_files
from conformance.locust_plugin.options import Options
from conformance.locust_plugin.preflight import LoadTarget
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.run.run_folder import Run
from conformance.run.verdict import FAILED, exit_status

INTERRUPTED, BROKEN = 2, 3
Native = Callable[..., Any]
"""A function that runs another outside locust's event loop."""


class Session:
    """The part of the process that reports: everything around the load."""

    def __init__(self, target: LoadTarget, options: Options, native: Native) -> None:
        """Make the run's folder; nothing is sent yet."""
        self._target = target
        self._native = native
        self._work = target.work
        self.run = Run(target.suite, options.evidence)
        self.run.observed(target.suite.recorder.drain())
        self.begin = 0.0
        self.complete = False
        """True once the load schedule was run to its end."""
        self.interrupted = False
        """True once somebody wants it to end."""
        self._refused = False
        self._broke = False
        self._seeding = False
        if options.engine == "sdk":
            self.run.remark("The load was sent by boto3: a cross-check of the engine.")
        self.run.foretold(target.forecast.lines)
        for name in target.not_loaded:
            self.run.remark(
                f"Not loaded: {name}, as surroundings.toml has no load.tables.{name}."
            )
        for line in target.work.schedule.deviations:
            self.run.remark(f"Not the declared load: {line}.")

    def header(self) -> list[str]:
        """Return what the run is about, before anything is sent."""
        environment = self._target.suite.environment
        caller = self._target.suite.caller
        load = self._work.schedule.load
        kind = "" if environment.is_aws else "  (a local target: this is no AWS)"
        endpoint = f"{self._target.endpoint.url}{kind}"
        rates = f"{load.writes_per_s:g} writes/s and {load.reads_per_s:g} reads/s"
        return [
            f"environment: {environment.name}, from {environment.source}",
            f"account: {environment.account} as {caller.arn if caller else ''}",
            f"region: {self._target.region}; endpoint: {endpoint}",
            f"load: {rates}, {self._work.schedule.seconds:g} s in all",
            *(f"not loaded: {name}" for name in self._target.not_loaded),
            *(f"forecast: {line}" for line in self._target.forecast.lines),
            f"evidence: {self.run.folder}",
        ]

    def seed(self, sender: Sender) -> bool:
        """Remove what a killed run left and write all items; return True on success."""
        items = self._work.schedule.load.items
        _print_progress(
            f"writing {items} items in each of {len(self._work.bodies)} tables"
        )
        removed, problem = self._native(
            remove_earlier, self._work, self._target.suite.clients, sender
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
        """Remark that the suite itself broke: nothing that was measured counts."""
        traceback.print_exception(problem)
        why = f"{type(problem).__name__}: {problem}"
        self.run.remark(f"The suite itself broke: {why}.", complete=False)
        self._broke = self._refused = True

    def finish(self, sender: Sender, measured: Meter) -> int:
        """Clean up, judge, and leave the evidence; return the exit status.

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
        context = RunContext()
        if self.complete:
            context = RunContext(
                self._cloudwatch_throttles(), self._target.baseline, found
            )
        return self._judge(measured, context)

    def _scans(self, sender: Sender) -> Mapping[str, Scan]:
        prices = self._target.suite.declared.costs
        usd = prices.price(self._target.region, "reads").usd
        return dict(
            self._native(lambda: list(scans(self._work, sender, self._sizes(), usd)))
        )

    def _cloudwatch_throttles(self) -> CloudWatchThrottles:
        suite = self._target.suite
        if "PRF-2" in suite.environment.cannot_prove:
            return CloudWatchThrottles(missing="this target counts nothing")
        assert suite.clients is not None  # noqa: S101 -- opened with the ground
        begin, end = (
            datetime.fromtimestamp(self.begin + moment, UTC)
            for moment in self._work.schedule.window(STEADY)
        )
        try:
            with collecting():
                return throttles(
                    suite.clients,
                    self._work.declared,
                    self._target.region,
                    (begin, end),
                )
        except (NotAssessedError, UnreadableError) as problem:
            return CloudWatchThrottles(
                missing=f"CloudWatch could not be asked: {problem}"
            )

    def _sizes(self) -> dict[str, int]:
        tables = self._target.deployed.tables
        return {
            name: int(tables[name].description["TableSizeBytes"])
            for name in self._work.declared.tables
        }

    def _clean_up(self, sender: Sender) -> None:
        if not self._seeding:
            return
        sender.stopping = False
        _print_progress("deleting the items of this load")
        problem = str(self._native(clean_up, self._work, sender))
        if problem:
            self.run.remark(
                f"Test items were not all removed: {problem}", complete=False
            )

    def _judge(self, measured: Meter, context: RunContext) -> int:
        suite = self._target.suite
        judge = Judge(
            measured,
            self._work.schedule,
            suite.declared,
            begin=self.begin,
            region=self._target.region,
        )
        observations = tuple(suite.recorder.drain())
        self.run.observed(observations)
        if not any(counts.answered for counts in measured.seconds.values()):
            self.run.remark("No request was answered.", complete=False)
        from_cloudwatch = tuple(
            observation
            for observation in observations
            if observation.service == "cloudwatch"
        )
        for finding in findings(suite, judge.decide(context), from_cloudwatch):
            self.run.found(finding)
        write_files(self.run.folder, measured, judge.baseline())
        self.run.end()
        lag = percentiles_ms([measured.lag])
        lag_note = f"send lag : p50 {lag['p50']} ms, p99 {lag['p99']} ms"
        lines = terminal_lines(self.run, measured, lag_note)
        print("\n".join(lines), flush=True)  # noqa: T201
        self.run.seal()
        if self._broke:
            return BROKEN
        if not self.complete and not self._refused:
            return INTERRUPTED
        if not self.run.complete:
            return FAILED
        return exit_status(self.run.findings)


def _print_progress(what: str) -> None:
    print(f"load: {what}", flush=True)  # noqa: T201
