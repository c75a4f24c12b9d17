"""The comparison of two tables over plain boto3 scans: ratios of one run.

    python benchmarks/comparison.py [--speed 100000] [--small 10000] [--large 1000000]

Both read the same two tables from a canned server, a process of its own on loopback
that has its pages ready. Boto3 scans both by paginator, holds them and compares, by
value as ours does, or more cheaply by the numbers' text; ours goes through AwsClients,
with interlock and record. CPU time is shown because a busy machine disturbs it less.
Peak memory is that of a process of its own for each size. Goals: at least 5 times
faster than what compares by value, and memory that does not grow.
"""

import argparse
import json
import math
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3

from conformance.aws.client import AwsClients
from conformance.aws.recorder import Recorder
from conformance.config.environment import Environment
from conformance.drills.comparison import Source, differences, fingerprint
from conformance.model.table import Attribute, Key

PAGE = 2000
"""Items on a page: about 700 kB, as DynamoDB's pages of up to 1 MB."""
ROUNDS = 3
ACCOUNT = "111122223333"
REGION = "eu-west-1"
TABLES = ("orders-canned", "restored-canned")


class Canned(BaseHTTPRequestHandler):
    """Answers Scan from pages that differ in nothing but their keys."""

    protocol_version = "HTTP/1.1"
    count = 0
    pages: dict = {}  # noqa: RUF012 -- filled by the server that uses it

    def do_POST(self):
        """Answer one page of a segment."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        start = int(
            asked.get("ExclusiveStartKey", {"order_id": {"S": "0"}})["order_id"]["S"]
        )
        segments = asked.get("TotalSegments", 1)
        share = self.count // segments
        first = asked.get("Segment", 0) * share + start
        size = min(PAGE, share - start)
        body = page(first, size, asked["TableName"] == TABLES[1])
        if start + size < share:
            last = {"order_id": {"S": str(start + size)}}
            body = body[:-1] + b', "LastEvaluatedKey":' + json.dumps(last).encode()
            body += b"}"
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def page(first, size, restored):
    """A page, made once for its size and then only given its keys."""
    if (size, restored) not in Canned.pages:
        Canned.pages[size, restored] = template(size, restored)
    return Canned.pages[size, restored].replace(b"@@@@", b"%08d" % first)


def template(size, restored):
    """Items of eight attributes; a restored table sends sets in another order."""
    channels = ["email", "web", "shop"]
    items = [
        {
            "order_id": {"S": f"order-@@@@-{number:05d}"},
            "customer_id": {"S": f"customer-{number:06d}"},
            "status": {"S": "pending"},
            "order_date": {"S": "2026-01-13"},
            "created_at": {"S": "2026-01-13T09:30:00Z"},
            "total_amount": {"N": "499.9"},
            "channels": {"SS": channels[::-1] if restored else channels},
            "version": {"N": str(number)},
        }
        for number in range(size)
    ]
    return json.dumps({"Items": items, "Count": size, "ScannedCount": size}).encode()


def serve(count):
    """Serve tables of so many items until standard input ends."""
    Canned.count = count
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canned)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


def sources(endpoint):
    """Both tables through AwsClients."""
    environment = Environment(
        **dict.fromkeys(Environment.__dataclass_fields__, None)
        | {
            "name": "canned",
            "source": Path("canned.toml"),
            "account": ACCOUNT,
            "regions": (REGION,),
            "table_name": "{name}-canned",
            "allows": frozenset({"read", "restore"}),
            "standin": False,
            "endpoint_url": endpoint,
            "endpoint_urls": {},
            "access_key_id": ACCOUNT,
        }
    )
    recorder = Recorder()
    names = [table.removesuffix("-canned") for table in TABLES]
    clients = AwsClients(environment, dict.fromkeys(names), recorder)
    key = Key(Attribute("order_id", "S"))
    return [Source(clients, REGION, table, key) for table in TABLES]


def ours(endpoint):
    """Return the comparison of both tables that drills make: True if they are equal."""
    left, right = sources(endpoint)

    def compare():
        prints = fingerprint(left), fingerprint(right)
        buckets = prints[0].differing(prints[1])
        return not differences(left, right, prints, buckets)

    return compare


def as_text(endpoint):
    """Boto3's client: it knows numbers as text alone, and sets as lists."""
    client = boto3.client("dynamodb", **connection(endpoint))

    def held(table):
        pages = client.get_paginator("scan").paginate(TableName=table)
        items = {item["order_id"]["S"]: item for one in pages for item in one["Items"]}
        for item in items.values():
            item["channels"]["SS"].sort()
        return items

    return lambda: held(TABLES[0]) == held(TABLES[1])


def plain(endpoint):
    """Boto3's resource, which compares by value, as ours does: Decimal and set."""
    client = boto3.resource("dynamodb", **connection(endpoint)).meta.client

    def held(table):
        pages = client.get_paginator("scan").paginate(TableName=table)
        return {item["order_id"]: item for one in pages for item in one["Items"]}

    return lambda: held(TABLES[0]) == held(TABLES[1])


def connection(endpoint):
    """Return the arguments of a boto3 client."""
    return {
        "region_name": REGION,
        "endpoint_url": endpoint,
        "aws_access_key_id": ACCOUNT,
        "aws_secret_access_key": "none",
    }


def timed(compare):
    """Seconds of one comparison that found the tables equal: by clock and of CPU."""
    began = time.perf_counter(), time.process_time()
    if not compare():
        sys.exit("the tables were found to differ")
    return time.perf_counter() - began[0], time.process_time() - began[1]


def child(*arguments):
    """Run this script again."""
    return subprocess.Popen(
        [sys.executable, __file__, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def speeds(count):
    """The best of some rounds for each, taken in turn."""
    server = child("--serve", count)
    endpoint = server.stdout.readline().strip()
    ways = {one: one(endpoint) for one in (plain, as_text, ours)}
    best = {}
    for _ in range(ROUNDS):
        for way, compare in ways.items():
            both = zip(timed(compare), best.get(way, (math.inf,) * 2), strict=True)
            best[way] = tuple(map(min, both))
    server.communicate()
    return {
        way: tuple(2 * count / taken for taken in seconds)
        for way, seconds in best.items()
    }


def peak_mib(count):
    """Peak memory of one comparison, in a process of its own."""
    server = child("--serve", count)
    endpoint = server.stdout.readline().strip()
    output, _ = child("--once", endpoint).communicate()
    server.communicate()
    return int(output) / 1024


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    for name, default in (("speed", 100_000), ("small", 10_000), ("large", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    if given.once:
        timed(ours(given.once))
        # The kernel's ru_maxrss would begin with that of the process that started us.
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        print(re.search(r"VmHWM:\s*(\d+) kB", status)[1])
        return
    speed = speeds(given.speed)
    for number, unit in enumerate(("items/s", "items/s of CPU")):
        own = speed[ours][number]
        print(f"ours                      {own:>8,.0f} {unit}")
        for way, name in ((plain, "by value"), (as_text, "numbers as text")):
            boto = speed[way][number]
            ratio = own / boto
            told = f"{boto:>8,.0f} {unit}: ours is {ratio:.1f} times faster"
            print(f"boto3, {name:<18} {told}")
    small, large = peak_mib(given.small), peak_mib(given.large)
    print(f"peak memory               {small:>8,.0f} MiB at {given.small:,} items")
    print(
        f"                          {large:>8,.0f} MiB at {given.large:,} items   "
        f"{large / small:.2f} times"
    )


if __name__ == "__main__":
    main()
