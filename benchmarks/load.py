"""The cost of a request of the load engine, beside plain locust and wrk.

    python benchmarks/load.py [--seconds 5]

An nginx stub answers on one core, each generator runs on another, one after the other,
so that a busy machine disturbs all alike: the ratios count, not the numbers. Then the
declared rate is offered to it, and twice that, to see what it takes. Goals, on a quiet
machine: at least 30 times the requests of plain locust for each second of CPU, at most
4 times the cost of wrk, at most half a core for 6000 requests a second, each second
within 0.5 % of its rate, and a send lag of at most 2 ms at p99.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median

from conformance.load.arrivals import Arrivals, FixedRate
from conformance.load.latency_histogram import percentiles_ms
from conformance.load.measurements import STEADY, Meter
from conformance.load.request_bodies import Kind, Request
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Endpoint, Transport, clock

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_buffer_size 64k;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{
      default_type application/x-amz-json-1.0;
      return 200 '{{"Item":{{"id":{{"S":"{filler}"}}}},"ConsumedCapacity":{{"TableName":"t","CapacityUnits":0.5}}}}';
    }}
  }}
}}
"""  # noqa: E501 -- nginx wants it in one line
LOCUST = """
from locust import User, events, task
import resource
import boto3
from botocore.config import Config
CLIENT = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url="{url}",
    aws_access_key_id="AK", aws_secret_access_key="secret", verify="{authority}",
    config=Config(max_pool_connections=64, retries={{"total_max_attempts": 1}}))
class Reader(User):
    @task
    def get(self):
        import time
        began = time.perf_counter()
        CLIENT.get_item(TableName="t", Key={{"id": {{"S": "conformance-suite-1"}}}})
        events.request.fire(request_type="t", name="get", response_length=0,
            response_time=(time.perf_counter() - began) * 1000,
            exception=None, context={{}})
@events.test_start.add_listener
def begin(**_):
    global before
    before = resource.getrusage(resource.RUSAGE_SELF)
@events.quitting.add_listener
def end(environment, **_):
    now = resource.getrusage(resource.RUSAGE_SELF)
    used = now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
    print("MEASURED", environment.stats.total.num_requests, used)
"""
GET = Request(
    Kind("t", "get", "GetItem"), (b'{"TableName":"t","Key":{"id":{"S":"c-1"}}}',)
)
PUT = Request(
    Kind("t", "put", "PutItem"),
    (b'{"TableName":"t","Item":{"v":{"N":"', b'"},"f":{"S":"' + b"x" * 400 + b'"}}}'),
)
EPOCH = time.time() - clock()
ROUNDS = 6
CORES = sorted(os.sched_getaffinity(0))


def here(cores=None):
    """Stay on these cores; else on the first."""
    os.sched_setaffinity(0, cores or {CORES[0]})


def _cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _tool(name, package):
    path = shutil.which(name)
    if path is None:
        sys.exit(f"{name} is missing: apt-get install {package}")
    return path


def certificate(folder):
    """Make one for localhost, and its key."""
    folder.chmod(0o755)
    subprocess.run(
        [
            *[_tool("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048"],
            *["-nodes", "-keyout", "key.pem", "-out", "cert.pem"],
            *["-subj", "/CN=localhost", "-days", "2"],
            *["-addext", "subjectAltName=DNS:localhost"],
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@contextmanager
def served(folder, content):
    """An nginx with one worker on the last core."""
    nginx = _tool("nginx", "nginx-light")
    (folder / "nginx.conf").write_text(content, encoding="utf-8")
    pin = [_tool("taskset", "util-linux"), "-c", str(CORES[-1])]
    command = [*pin, nginx, "-p", f"{folder}/", "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def stub():
    """One that answers everything alike; its address and certificate."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), 18444
        certificate(folder)
        content = NGINX.format(folder=folder, port=port, filler="x" * 400)
        with served(folder, content):
            yield f"https://localhost:{port}", str(folder / "cert.pem")


def transport(url, authority, connections):
    """An engine's transport."""
    host = url.partition("//")[2]
    endpoint = Endpoint(url, "eu-west-1", authority, 5000, connections)
    return Transport(endpoint, Signer(Credentials("AK", "s"), "eu-west-1", host))


def engine_flat_out(url, authority, seconds):
    """CPU seconds of a request, as many as it can with 32 connections."""
    sender = transport(url, authority, 32)
    meter = Meter(EPOCH, lambda _: STEADY)
    sender.run(FixedRate([GET] * 200, 2000, clock()), meter)
    meter = Meter(EPOCH, lambda _: STEADY)
    before, began = _cpu(), clock()
    source = FlatOut(sender, began + seconds)
    sender.run(source, meter)
    answered = sum(second.answered for second in meter.seconds.values())
    return (_cpu() - before) / answered, answered / (clock() - began)


class FlatOut:
    """A closed model: as many as there are connections."""

    def __init__(self, sender, end):
        """Stop at the end."""
        self._sender, self._end = sender, end
        self._requests = cycle([PUT, GET, GET, GET, GET, GET])
        self.ended = False

    def take(self, now):
        """One for each free connection."""
        self.ended = now > self._end
        free = 0 if self.ended else 32 - len(self._sender._busy)  # noqa: SLF001 -- a closed model looks
        return [(now, next(self._requests)) for _ in range(free)]

    def next_due(self):
        """Now: there is always more to send."""
        return clock()


def locust_flat_out(url, authority, seconds):
    """CPU seconds of a request of plain locust with boto3, as people write it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plain.py"
        file.write_text(LOCUST.format(url=url, authority=authority), encoding="utf-8")
        done = subprocess.run(
            [
                *[sys.executable, "-m", "locust", "-f", str(file), "--headless"],
                *["-u", "32", "-r", "32", "-t", f"{seconds}s", "--loglevel", "ERROR"],
            ],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    found = re.search(r"MEASURED (\d+) ([\d.]+)", done.stdout)
    if not found:
        sys.exit(done.stdout[-1500:] + done.stderr[-1500:])
    return float(found[2]) / int(found[1]), int(found[1]) / seconds


def wrk_flat_out(url, seconds):
    """CPU seconds of a request of wrk, which neither signs nor makes bodies."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [_tool("wrk", "wrk"), "-t1", "-c32", f"-d{seconds}", url],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
    count = int(re.search(r"(\d+) requests in", done.stdout)[1])
    return used / count, count / seconds


def at_rate(url, authority, seconds, rate):
    """Cores, the largest deviation of a second, and send lag at a fixed rate."""
    sender = transport(url, authority, 256)
    sender.run(FixedRate([GET] * 500, 2000, clock()), Meter(EPOCH, lambda _: STEADY))
    meter = Meter(EPOCH, lambda _: STEADY)
    arrivals = Arrivals(cycle([PUT, GET, GET, GET, GET, GET]))
    begin = clock() + 0.05
    arrivals.change(begin, rate)
    arrivals.close(begin + seconds)
    before = _cpu()
    sender.run(arrivals, meter)
    used = _cpu() - before
    sent = Counter()
    for (second, _, _), at in meter.seconds.items():
        sent[second] += at.sent
    inner = [sent[second] for second in sorted(sent)[1:-1]]
    worst = max(abs(sent_in_second - rate) for sent_in_second in inner) / rate * 100
    total = sum(sent.values()) / (rate * seconds) * 100 - 100
    return used / seconds, total, worst, percentiles_ms([meter.lag])


def _told(ratios):
    least, most = min(ratios), max(ratios)
    return f"{median(ratios):.1f} ({least:.1f} to {most:.1f} by round)"


def main():
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    seconds = parser.parse_args().seconds
    here()
    loads = "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
    print(f"load average {loads}: a busy machine; only the ratios mean anything")
    with stub() as (url, authority):
        ways = (
            lambda: locust_flat_out(url, authority, seconds),
            lambda: engine_flat_out(url, authority, seconds),
            lambda: wrk_flat_out(url, seconds),
        )
        rounds = [[way() for way in ways] for _ in range(ROUNDS)]
        for name, measured in zip(
            ("locust + boto3", "engine", "wrk"), zip(*rounds, strict=True), strict=True
        ):
            # The cheapest: what disturbs only ever adds.
            cost, rate = min(measured)
            print(f"{name:<15}{cost * 1e6:8.1f} us of CPU a request, {rate:8.0f}/s")
        # What disturbs lasts longer than a round, so it is in both of a ratio.
        faster = [plain[0] / engine[0] for plain, engine, _ in rounds]
        dearer = [engine[0] / wrk[0] for _, engine, wrk in rounds]
        print(f"engine against locust + boto3: {_told(faster)} times (goal 30)")
        print(f"engine against wrk: {_told(dearer)} times its cost (goal 4)")
        for rate in (6000, 12_000):
            cores, total, worst, lag = at_rate(url, authority, seconds * 2, rate)
            print(
                f"{rate}/s over TLS: {cores:.2f} cores; in all {total:+.3f} %, the "
                f"worst second {worst:.2f} %; send lag p50 {lag['p50']} ms, "
                f"p99 {lag['p99']} ms"
            )


if __name__ == "__main__":
    main()
