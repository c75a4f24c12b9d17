"""The declared load, end to end, on dynalite: no AWS, no stand-in.

    python benchmarks/dynalite.py [--seconds 60] [--scale 0.3] [locust's options]

dynalite is an npm package that keeps DynamoDB tables in memory. It knows no
transactions, so their share goes to the other writes. It has one thread, which is what
limits it: of this mix, with its indexes, a core holds 2300 requests a second of 6000
(0.1 ms of CPU a get, 0.5 ms a write that changes three indexes, and as much a query).
All of them would take 2.5 cores, and it uses one.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "tests" / "perf" / "dynalite.toml"
PROGRAM = ROOT / "node_modules" / ".bin" / "dynalite"


@contextmanager
def dynalite(port, prefix=()):
    """Run dynalite until the body ends."""
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM.relative_to(ROOT)} is missing: npm ci")
    if _listens(port):
        sys.exit(f"something listens on port {port} already: end it first")
    command = [*prefix, str(PROGRAM), "--port", str(port), "--createTableMs", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _until_it_listens(port)
        yield process
    finally:
        process.kill()
        process.wait()


def _until_it_listens(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if _listens(port):
            return
        time.sleep(0.05)
    sys.exit("dynalite did not start")


def _listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def create_tables(environment):
    """Make every declared table, with its indexes."""
    client = boto3.client(
        "dynamodb",
        region_name=environment.regions[0],
        endpoint_url=environment.endpoint("dynamodb"),
        aws_access_key_id=environment.access_key_id,
        aws_secret_access_key="none",  # noqa: S106 -- nobody checks it
        config=Config(proxies={}),
    )
    for table in load_declared(environment).tables.values():
        client.create_table(**_definition(environment, table))
        client.get_waiter("table_exists").wait(
            TableName=environment.physical(table.name), WaiterConfig={"Delay": 1}
        )


def _definition(environment, table):
    attributes = {
        attribute.name: attribute.type
        for key in table.keys
        for attribute in key.attributes
    }
    return {
        "TableName": environment.physical(table.name),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in attributes.items()
        ],
        "KeySchema": _key_schema(table.key),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema(index.key),
                "Projection": _projection(index.projection),
            }
            for index in table.indexes.values()
        ],
    }


def _key_schema(key):
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": attribute.name, "KeyType": kind}
        for attribute, kind in zip(key.attributes, kinds, strict=False)
    ]


def _projection(projection):
    told = {"ProjectionType": projection.type}
    if projection.attributes:
        told["NonKeyAttributes"] = sorted(projection.attributes)
    return told


def _on_cores_of_their_own():
    """Return the prefixes that give the generator and dynalite cores of their own."""
    taskset = shutil.which("taskset")
    cores = sorted(os.sched_getaffinity(0)) if taskset else []
    if len(cores) < 2:  # noqa: PLR2004 -- one each
        return [], []
    return [taskset, "-c", str(cores[0])], [taskset, "-c", str(cores[-1])]


def main():
    """Start it, load it, stop it; the exit status is locust's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", default="60", help="of the steady state")
    parser.add_argument("--scale", default="0.3", help="part of the declared rate")
    parsed, more = parser.parse_known_args()
    environment = load_environment(str(ENVIRONMENT))
    port = int(environment.endpoint("dynamodb").rpartition(":")[2])
    here, there = _on_cores_of_their_own()
    load = [
        *[*here, sys.executable, "-m", "locust", "-f", "tests/perf"],
        *["--env", str(ENVIRONMENT), "--without", "transact_write"],
        *["--seconds", parsed.seconds, "--scale", parsed.scale, *more],
    ]
    with dynalite(port, there):
        create_tables(environment)
        return subprocess.run(load, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
