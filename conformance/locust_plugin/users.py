"""Wires a load run into locust, whose users are units of arrival rate.

Importing locust patches the whole process, so nothing else of ours may import it, and
boto3 comes after it: see https://github.com/locustio/locust/issues/2250.
"""

import gc
import signal
import sys
import time
from collections import deque
from typing import Any

import gevent
from gevent import monkey
from locust import LoadTestShape, User, events, task
from locust.runners import MasterRunner, WorkerRunner

from conformance.config.environment import load_environment
from conformance.load.credential_renewal import renew
from conformance.load.engine import EPOCH, Engine, Sender
from conformance.load.load_schedule import USERS
from conformance.load.measurements import Meter
from conformance.load.transport import Transport
from conformance.locust_plugin.boto3_sender import SdkSender
from conformance.locust_plugin.locust_stats import show
from conformance.locust_plugin.native import Native
from conformance.locust_plugin.options import add_options, options_of
from conformance.locust_plugin.preflight import Ground, open_ground
from conformance.locust_plugin.session import Session
from conformance.model.errors import BadInputError

_BAD_INPUT = 4
_BEGIN = "conformance_begin"
_END = "conformance_end"
_MEASURED = "conformance_measured"
_TOLD_EVERY_S = 0.05
_SHOWN_EVERY_S = 0.1
"""More at a time would keep the engine waiting for the interpreter."""
_CREDENTIALS_EVERY_S = 5.0
_PATIENCE_S = 15.0
_sleep = monkey.get_original("time", "sleep")


class Process:
    """This process's part; made when locust is ready, as workers are forked before."""

    def __init__(self, environment: Any) -> None:
        """Open the environment; whoever reports also makes the run's folder.

        Raises:
            BadInputError: as `open_ground`.
        """
        self.environment = environment
        self.runner = environment.runner
        self.reports = not isinstance(self.runner, WorkerRunner)
        self.loads = not isinstance(self.runner, MasterRunner)
        options = options_of(environment.parsed_options)
        self._refuse_many_standins(options.environment)
        self.ground: Ground = open_ground(options, "main" if self.reports else "worker")
        self.sender: Sender
        if options.engine == "sdk":
            self.sender = SdkSender(self.ground)
        else:
            self.sender = Transport(self.ground.endpoint, self.ground.signer(), _sleep)
        self._native = Native(self.sender, needs_gevent=options.engine == "sdk")
        self.session = (
            Session(self.ground, options, self._native.run) if self.reports else None
        )
        self.engine = Engine(self.ground.work, self.sender) if self.loads else None
        self.measured = self.engine.meter if self.engine else Meter(EPOCH, str)
        self._driving: Any = None
        self._stopping = False
        self._workers = self._heard = 0
        self._begin: float | None = None

    def _refuse_many_standins(self, name: str) -> None:
        """Go on only if all processes load the same target."""
        alone = self.reports and self.loads
        if not alone and load_environment(name).standin:
            raise BadInputError(
                f"--env {name} starts a stand-in for each process; workers need one "
                "that they share: python -m conformance standin, and endpoint_url"
            )

    def _end_early(self, *_: Any) -> None:
        """End the load in order; the record says that it was interrupted."""
        if self.session:
            self.session.interrupted = True

        def end() -> None:
            self.collect()
            self.runner.quit()

        gevent.spawn(end)

    def start(self) -> None:
        """Seed where this process reports, and begin to send where it loads."""
        gc.collect()  # it takes locust's own handler of SIGTERM along
        if self.session:
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, self._end_early)
        if self.session and not self._seeded(self.session):
            self.runner.quit()
            return
        if self.session and not self.loads:
            self._workers = self.runner.worker_count
            self.runner.send_message(_BEGIN, self.session.begin)
        if self.engine:
            if self.session:
                self.engine.begin = self.session.begin
            elif self._begin is not None:
                self.engine.begin = self._begin
            self._drive(self.engine)

    def _seeded(self, session: Session) -> bool:
        """Whether all items are there; locust would wait forever after an error."""
        try:
            return session.seed(self.sender)
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the run ends
            session.broke(problem)
            return False

    def collect(self) -> None:
        """Wait for what each worker measured; say if one is missing."""
        if self.loads or self.session is None:
            return
        self.runner.send_message(_END)
        end = time.monotonic() + 2 * _PATIENCE_S
        while self._heard < self._workers and time.monotonic() < end:
            gevent.sleep(_TOLD_EVERY_S)
        if self._heard < self._workers:
            missing = self._workers - self._heard
            self.session.run.remark(
                f"{missing} of {self._workers} workers did not tell what they measured",
                complete=False,
            )

    def report(self) -> None:
        """A worker stops, and tells what it measured."""
        self.stop()
        self.runner.send_message(_MEASURED, self.measured.as_text())

    def told(self, text: str) -> None:
        """A worker has told what it measured."""
        self.measured.add(text)
        self._heard += 1

    def begins(self, begin: float) -> None:
        """A worker learns when the first phase begins."""
        self._begin = begin

    def _drive(self, engine: Engine) -> None:
        sys.setswitchinterval(0.0002)
        engine.meter.told = deque()
        gevent.spawn(self._tell)
        gevent.spawn(self._renew)
        self._driving = self._native.start(engine.run)

    def stop(self) -> None:
        """Send nothing more, and wait for what was sent; whoever asks, all wait."""
        driving = self._driving
        if self.engine is None or driving is None:
            return
        self._stopping = True
        self.engine.stop()
        if not gevent.wait([driving], timeout=_PATIENCE_S):
            self.sender.stopping = True  # bounded by the time that a request may take
            gevent.wait([driving])
            self.sender.stopping = False
        if self._driving is None:
            return  # somebody else has waited, too
        self._driving = None
        self._show()
        try:
            driving.get()
        except Exception as problem:
            if self.session is None:
                raise  # a worker that does not tell is missed by its master
            self.session.broke(problem)

    def finish(self) -> None:
        """Judge, where this process reports, and give locust its exit status."""
        self.stop()
        try:
            if self.session:
                status = self.session.finish(self.sender, self.measured)
                self.environment.process_exit_code = status
        finally:
            self.ground.close()

    def _tell(self) -> None:
        while True:
            gevent.sleep(_SHOWN_EVERY_S)
            self._show()
            broke = self._driving and self._driving.ready() and not self._stopping
            if broke and self.session:
                self.runner.quit()

    def _show(self) -> None:
        """Show locust what was answered meanwhile."""
        told = self.measured.told or deque()
        show(self.environment.stats, [told.popleft() for _ in range(len(told))])

    def _renew(self) -> None:
        """Give the signer new credentials as soon as boto3 has renewed them."""
        while isinstance(self.sender, Transport):
            if problem := renew(self.sender.signer, self.ground.credentials):
                print(f"! {problem}", file=sys.stderr, flush=True)  # noqa: T201
            gevent.sleep(_CREDENTIALS_EVERY_S)


_process: list[Process] = []


class Arrivals(User):
    """A unit of arrival rate: while it is there, so many more requests are due."""

    def on_start(self) -> None:
        """Raise the rate."""
        if _process and _process[0].engine:
            _process[0].engine.change(+1)

    def on_stop(self) -> None:
        """Lower it again."""
        if _process and _process[0].engine:
            _process[0].engine.change(-1)

    @task
    def be_there(self) -> None:
        """Do nothing: the engine sends."""
        gevent.sleep(3600)


class Phases(LoadTestShape):
    """Follows the plan's phases, once the items are there."""

    def tick(self) -> tuple[int, float] | None:
        """How many users the phase wants now."""
        session = _process[0].session if _process else None
        if session is None:
            return 1, USERS
        elapsed = time.time() - session.begin if session.begin else 0.0
        share = _process[0].ground.work.plan.share_at(elapsed)
        if share is None:
            _process[0].collect()
            session.complete = True
            return None
        return max(1, round(USERS * share)), USERS * 10


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    add_options(parser)


@events.init.add_listener
def _init(environment: Any, **_: Any) -> None:
    try:
        process = Process(environment)
    except BadInputError as problem:
        print(f"ERROR: {problem}", file=sys.stderr, flush=True)  # noqa: T201
        sys.exit(_BAD_INPUT)
    _process.append(process)
    runner = environment.runner
    if process.session:
        html = process.session.run.folder / "load.html"
        environment.parsed_options.html_file = str(html)
        print("\n".join(process.session.header()), flush=True)  # noqa: T201
    if isinstance(runner, WorkerRunner):
        runner.register_message(_BEGIN, lambda msg, **_: process.begins(msg.data))
        runner.register_message(_END, lambda **_: gevent.spawn(process.report))
    if isinstance(runner, MasterRunner):
        runner.register_message(_MEASURED, lambda msg, **_: process.told(msg.data))


@events.test_start.add_listener
def _test_start(**_: Any) -> None:
    if _process:
        _process[0].start()


@events.test_stop.add_listener
def _test_stop(**_: Any) -> None:
    if _process:
        _process[0].stop()


@events.quitting.add_listener
def _quitting(**_: Any) -> None:
    if _process:
        _process.pop().finish()
