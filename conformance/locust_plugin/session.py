"""One load run, from its first check to its sealed folder."""

import signal
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.aws.recorder import collecting
from conformance.load.engine import Sender, clean_up, remove_earlier, scans, seed
from conformance.load.judgement import Judge
from conformance.load.latency_histogram import percentiles_ms
from conformance.load.measurements import STEADY, Meter
from conformance.load.results_view import CloudWatchThrottles, RunContext, Scan
from conformance.locust_plugin.cloudwatch import throttles
from conformance.locust_plugin.load_results import findings, terminal_lines, write_files
from conformance.locust_plugin.options import Options
from conformance.locust_plugin.preflight import LoadTarget
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.report.header import header
from conformance.run.run_folder import Run
from conformance.run.verdict import FAILED, exit_status

INTERRUPTED, BROKEN = 2, 3
Native = Callable[..., Any]
"""A function that runs another outside locust's event loop."""


class LoadSession:
    """The part of the process that reports: everything around the load."""

    def __init__(self, target: LoadTarget, options: Options, native: Native) -> None:
        """Make the run's folder; nothing is sent yet."""
        self._target = target
        self._native = native
        self._work = target.work
        session = target.session
        self.run = Run(session.inputs, options.evidence, session.target)
        self.run.add_observations(session.recorder.drain())
        self.begin = 0.0
        self.complete = False
        """True once the load schedule was run to its end."""
        self.interrupted = False
        """True once somebody wants it to end."""
        self._refused = False
        self._broke = False
        self._seeding = False
        if options.engine == "sdk":
            self.run.add_note(
                "The load was sent by boto3: a cross-check of the engine."
            )
        self.run.add_forecast(target.forecast.lines)
        for name in target.not_loaded:
            self.run.add_note(
                f"Not loaded: {name}, as surroundings.toml has no load.tables.{name}."
            )
        for line in target.work.schedule.deviations:
            self.run.add_note(f"Not the declared load: {line}.")

    def header(self) -> list[str]:
        """Return the lines that say what is loaded before anything is sent."""
        load = self._work.schedule.load
        rates = f"{load.writes_per_s:g} writes/s and {load.reads_per_s:g} reads/s"
        seconds = f"{self._work.schedule.seconds:g} s in all"
        return header(
            self.run,
            [
                f"load: {rates} in {self._target.region}, {seconds}",
                *(f"not loaded: {name}" for name in self._target.not_loaded),
                *(f"forecast: {line}" for line in self._target.forecast.lines),
            ],
        )

    def seed(self, sender: Sender) -> bool:
        """Remove what a killed run left and write all items; return True on success."""
        items = self._work.schedule.load.items
        _print_progress(
            f"writing {items} items in each of {len(self._work.bodies)} tables"
        )
        removed, problem = self._native(
            remove_earlier, self._work, self._target.session.clients, sender
        )
        if removed:
            self.run.add_note(f"{removed} items of an earlier run were removed.")
        self._seeding = not problem
        problem = problem or str(self._native(seed, self._work, sender))
        if problem and not self.interrupted:
            self.run.add_note(f"No load: {problem}", complete=False)
            self._refused = True
        if not problem:
            self.begin = time.time()
        return not problem

    def broke(self, problem: Exception) -> None:
        """Note that the suite itself broke: nothing that was measured counts."""
        traceback.print_exception(problem)
        why = f"{type(problem).__name__}: {problem}"
        self.run.add_note(f"The suite itself broke: {why}.", complete=False)
        self._broke = self._refused = True

    def finish(self, sender: Sender, measured: Meter) -> int:
        """Clean up, judge, and leave the evidence; return the exit status.

        A second Ctrl-C does not keep it from cleaning up, which is bounded.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if not self.complete and not self._refused:
            self.run.add_note("The run was interrupted.", complete=False)
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
        prices = self._target.session.declared.costs
        usd = prices.price(self._target.region, "reads").usd
        return dict(
            self._native(lambda: list(scans(self._work, sender, self._sizes(), usd)))
        )

    def _cloudwatch_throttles(self) -> CloudWatchThrottles:
        session = self._target.session
        if "PRF-2" in session.environment.cannot_prove:
            return CloudWatchThrottles(missing="this target counts nothing")
        begin, end = (
            datetime.fromtimestamp(self.begin + moment, UTC)
            for moment in self._work.schedule.window(STEADY)
        )
        try:
            with collecting():
                return throttles(
                    session.clients,
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
            self.run.add_note(
                f"Test items were not all removed: {problem}", complete=False
            )

    def _judge(self, measured: Meter, context: RunContext) -> int:
        session = self._target.session
        judge = Judge(
            measured,
            self._work.schedule,
            session.declared,
            begin=self.begin,
            region=self._target.region,
        )
        observations = tuple(session.recorder.drain())
        self.run.add_observations(observations)
        if not any(counts.answered for counts in measured.seconds.values()):
            self.run.add_note("No request was answered.", complete=False)
        from_cloudwatch = tuple(
            observation
            for observation in observations
            if observation.service == "cloudwatch"
        )
        for finding in findings(session.inputs, judge.decide(context), from_cloudwatch):
            self.run.add_finding(finding)
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
