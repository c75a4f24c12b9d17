"""The load run inside locust, whose users are units of arrival rate.

Importing locust patches the whole process, so nothing else of ours may import it, and
boto3 comes after it: see https://github.com/locustio/locust/issues/2250.
"""

import gc
import signal
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gevent
from gevent import monkey
from locust import LoadTestShape, User, events, task
from locust.runners import MasterRunner, WorkerRunner
from locust.stats import RequestStats, StatsEntry, bucket_response_time

from conformance.config.environment import load_environment
from conformance.load.engine import EPOCH, Engine, Sender
from conformance.load.in_flight import CompletedRequests
from conformance.load.load_schedule import USERS
from conformance.load.measurements import Meter
from conformance.load.signing import renew
from conformance.load.transport import Transport
from conformance.locust_plugin.boto3_sender import SdkSender
from conformance.locust_plugin.options import add_options, options_of
from conformance.locust_plugin.preflight import LoadTarget, open_target
from conformance.locust_plugin.session import LoadSession
from conformance.model.errors import BadInputError

if TYPE_CHECKING:
    from conformance.load.request_bodies import Kind

_BAD_INPUT = 4
_BEGIN = "conformance_begin"
_END = "conformance_end"
_MEASURED = "conformance_measured"
_COLLECT_EVERY_S = 0.05
_SHOW_EVERY_S = 0.1
"""More at a time would keep the engine waiting for the interpreter."""
_CREDENTIALS_EVERY_S = 5.0
_PATIENCE_S = 15.0
_sleep = monkey.get_original("time", "sleep")


class NativeThread:
    """A native thread for the engine, so that nothing of gevent slows it down.

    It runs one function at a time. A sender that needs gevent is left to gevent.
    """

    def __init__(self, sender: Sender, *, needs_gevent: bool) -> None:
        """Start nothing yet."""
        self._sender = sender
        self._needs_gevent = needs_gevent
        self._running: Any = None

    def run(self, function: Any, *arguments: Any) -> Any:
        """Run a function and return its result, after stopping what still sends."""
        if self._needs_gevent:
            return function(*arguments)
        if self._running and not self._running.ready():  # an early end left it alone
            self._sender.stopping = True
            self._running.wait()
            self._sender.stopping = False
        return self.start(function, *arguments).get()

    def start(self, function: Any, *arguments: Any) -> Any:
        """Start a function and return what can be waited for."""
        if self._needs_gevent:
            return gevent.spawn(function, *arguments)
        self._running = gevent.get_hub().threadpool.spawn(function, *arguments)
        return self._running


def update_stats(stats: RequestStats, completed: Sequence[CompletedRequests]) -> None:
    """Add completed requests to locust's statistics: its console, web UI and report.

    Locust counts by an event for each request, which at 6000 a second takes a tenth of
    a core from what sends them. Its statistics can be added to each other, as a master
    adds those of its workers; so completed requests become one entry a kind.
    """
    for entry in _entries(stats, completed):
        stats.get(entry.name, entry.method).extend(entry)
        stats.total.extend(entry)
    for requests in completed:
        for place, problem in requests.problems.items():
            kind = requests.kinds[place]
            stats.log_error(kind.table, kind.name, problem)


def _entries(
    stats: RequestStats, completed: Sequence[CompletedRequests]
) -> Iterator[StatsEntry]:
    """Yield one entry for each kind of request."""
    now = time.time()
    latencies: defaultdict[Kind, list[float]] = defaultdict(list)
    for requests in completed:
        for kind, latency in zip(requests.kinds, requests.latencies_ms(), strict=True):
            latencies[kind].append(latency)
    for kind, times in latencies.items():
        # Its fields are typed as int, and hold floats.
        entry: Any = StatsEntry(stats, kind.name, kind.table)
        entry.num_requests = len(times)
        entry.total_response_time = sum(times)
        entry.min_response_time, entry.max_response_time = min(times), max(times)
        entry.response_times = Counter(map(bucket_response_time, times))
        entry.num_reqs_per_sec = {int(now): len(times)}
        entry.last_request_timestamp = now
        yield entry


class LoadProcess:
    """The part of one process, made once locust has forked its workers."""

    def __init__(self, environment: Any) -> None:
        """Open the environment; the process that reports also makes the run's folder.

        Raises:
            BadInputError: as `open_target`.
        """
        self.environment = environment
        self.runner = environment.runner
        self.reports = not isinstance(self.runner, WorkerRunner)
        self.loads = not isinstance(self.runner, MasterRunner)
        options = options_of(environment.parsed_options)
        self._refuse_many_standins(options.environment)
        self.target: LoadTarget = open_target(
            options, "main" if self.reports else "worker"
        )
        self.sender: Sender
        if options.engine == "sdk":
            self.sender = SdkSender(self.target)
        else:
            self.sender = Transport(self.target.endpoint, self.target.signer(), _sleep)
        self._native = NativeThread(self.sender, needs_gevent=options.engine == "sdk")
        self.session = (
            LoadSession(self.target, options, self._native.run)
            if self.reports
            else None
        )
        self.engine = Engine(self.target.work, self.sender) if self.loads else None
        self.measured = self.engine.meter if self.engine else Meter(EPOCH, str)
        self._sending: Any = None
        self._stopping = False
        self._workers = self._reported = 0
        self._begin: float | None = None

    def _refuse_many_standins(self, name: str) -> None:
        """Raise BadInputError if each process would start a stand-in of its own."""
        alone = self.reports and self.loads
        if not alone and load_environment(name).standin:
            raise BadInputError(
                f"--env {name} starts a stand-in for each process; workers need one "
                "that they share: python -m conformance standin, and endpoint_url"
            )

    def _end_early(self, *_: Any) -> None:
        """End the load in order, and record that it was interrupted."""
        if self.session:
            self.session.interrupted = True

        def end() -> None:
            self.collect()
            self.runner.quit()

        gevent.spawn(end)

    def start(self) -> None:
        """Seed if this process reports, and begin to send if it loads."""
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
            self._begin_to_send(self.engine)

    def _seeded(self, session: LoadSession) -> bool:
        """Return True once all items are there; locust would wait on after an error."""
        try:
            return session.seed(self.sender)
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the run ends
            session.broke(problem)
            return False

    def collect(self) -> None:
        """Wait for the measurements of each worker; note the missing ones."""
        if self.loads or self.session is None:
            return
        self.runner.send_message(_END)
        end = time.monotonic() + 2 * _PATIENCE_S
        while self._reported < self._workers and time.monotonic() < end:
            gevent.sleep(_COLLECT_EVERY_S)
        if self._reported < self._workers:
            missing = self._workers - self._reported
            self.session.run.add_note(
                f"{missing} of {self._workers} workers did not report what they "
                "measured",
                complete=False,
            )

    def report(self) -> None:
        """Stop, and send the measurements to the master."""
        self.stop()
        self.runner.send_message(_MEASURED, self.measured.as_text())

    def add_report(self, text: str) -> None:
        """Add the measurements of a worker."""
        self.measured.add(text)
        self._reported += 1

    def begins(self, begin: float) -> None:
        """Take the begin of the first phase from the master."""
        self._begin = begin

    def _begin_to_send(self, engine: Engine) -> None:
        sys.setswitchinterval(0.0002)
        engine.meter.completed_queue = deque()
        gevent.spawn(self._show_progress)
        gevent.spawn(self._renew)
        self._sending = self._native.start(engine.run)

    def stop(self) -> None:
        """Send nothing more, and wait for what was sent, with all others who wait."""
        sending = self._sending
        if self.engine is None or sending is None:
            return
        self._stopping = True
        self.engine.stop()
        if not gevent.wait([sending], timeout=_PATIENCE_S):
            self.sender.stopping = True  # bounded by the time that a request may take
            gevent.wait([sending])
            self.sender.stopping = False
        if self._sending is None:
            return  # somebody else has waited, too
        self._sending = None
        self._show()
        try:
            sending.get()
        except Exception as problem:
            if self.session is None:
                raise  # the master misses a worker that does not report
            self.session.broke(problem)

    def finish(self) -> None:
        """Judge if this process reports, and give locust its exit status."""
        self.stop()
        try:
            if self.session:
                status = self.session.finish(self.sender, self.measured)
                self.environment.process_exit_code = status
        finally:
            self.target.close()

    def _show_progress(self) -> None:
        while True:
            gevent.sleep(_SHOW_EVERY_S)
            self._show()
            broke = self._sending and self._sending.ready() and not self._stopping
            if broke and self.session:
                self.runner.quit()

    def _show(self) -> None:
        """Show locust what was completed meanwhile."""
        queue = self.measured.completed_queue or deque()
        completed = [queue.popleft() for _ in range(len(queue))]
        update_stats(self.environment.stats, completed)

    def _renew(self) -> None:
        """Give the signer new credentials as soon as boto3 has renewed them."""
        while isinstance(self.sender, Transport):
            if problem := renew(self.sender.signer, self.target.credentials):
                print(f"! {problem}", file=sys.stderr, flush=True)  # noqa: T201
            gevent.sleep(_CREDENTIALS_EVERY_S)


_process: list[LoadProcess] = []


class Arrivals(User):
    """A locust user that stands for a unit of arrival rate."""

    def on_start(self) -> None:
        """Raise the rate."""
        if _process and _process[0].engine:
            _process[0].engine.change(+1)

    def on_stop(self) -> None:
        """Lower it again."""
        if _process and _process[0].engine:
            _process[0].engine.change(-1)

    @task
    def idle(self) -> None:
        """Do nothing: the engine sends."""
        gevent.sleep(3600)


class Phases(LoadTestShape):
    """The load schedule's phases as locust's users, once the items are there."""

    def tick(self) -> tuple[int, float] | None:
        """Return the number of users that the phase wants now."""
        session = _process[0].session if _process else None
        if session is None:
            return 1, USERS
        elapsed = time.time() - session.begin if session.begin else 0.0
        share = _process[0].target.work.schedule.share_at(elapsed)
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
        process = LoadProcess(environment)
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
        runner.register_message(
            _MEASURED, lambda msg, **_: process.add_report(msg.data)
        )


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
