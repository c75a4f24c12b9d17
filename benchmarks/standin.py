"""The cost of the stand-in over bare moto: ratios of two servers in one run.

    python benchmarks/standin.py [--calls 300]

Each server is a process of its own on loopback.  Calls go to both in turn, in small
blocks, so that a busy machine disturbs both alike; the quickest block counts, being
the least disturbed.
The request is signed and sent over a kept connection by hand, because boto3's own time
would hide the difference.  Goal: reads under 1.30.
"""

import argparse
import contextlib
import http.client
import json
import subprocess
import sys
import time
from typing import Any

Document = dict[str, Any]
ACCOUNT = "111122223333"
SIGNED = (
    f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20300101/eu-west-1/dynamodb/aws4_request,"
    " SignedHeaders=host, Signature=0"
)
MOTO = """
from moto.server import ThreadedMotoServer
import threading
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("ready http://%s:%s" % server.get_host_and_port(), flush=True)
threading.Event().wait()
"""
STAND_IN = """
from aws_standin.server import serve
serve(0)
"""
ITEMS = 200
"""The items in the table while it is measured."""
KEY = {"id": {"S": "item-7"}}
CALLS = {
    "get": ("GetItem", {"Key": KEY}),
    "query": (
        "Query",
        {
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": "item-7"}},
        },
    ),
    "query of an index": (
        "Query",
        {
            "IndexName": "by-kind",
            "KeyConditionExpression": "kind = :k",
            "ExpressionAttributeValues": {":k": {"S": "kind-3"}},
        },
    ),
    "put": ("PutItem", {"Item": KEY | {"kind": {"S": "k"}, "text": {"S": "x" * 200}}}),
    "update": (
        "UpdateItem",
        {
            "Key": KEY,
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
    ),
    "transaction": ("TransactWriteItems", {}),
}


class Server:
    """One server process and a kept connection to it."""

    def __init__(self, code: str) -> None:
        """Start the process and wait until it is ready."""
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        line = self.process.stdout.readline()
        self.started = time.perf_counter() - begun
        self.host = line.split("//")[1].strip()
        self.connection = http.client.HTTPConnection(self.host, timeout=30)

    def call(self, operation: str, parameters: Document) -> Document:
        """Make one call; raises for anything but success."""
        headers = {
            "Authorization": SIGNED,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        self.connection.request("POST", "/", json.dumps(parameters), headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{operation}: {body.decode()}")
        return json.loads(body)

    def prepare(self) -> None:
        """Make a table with items."""
        self.call("CreateTable", table())
        for number in range(ITEMS):
            item = {
                "id": {"S": f"item-{number}"},
                "kind": {"S": f"kind-{number % 20}"},
                "text": {"S": "x" * 200},
            }
            self.call("PutItem", {"TableName": "bench", "Item": item})

    def seconds(self, operation: str, parameters: Document, times: int) -> float:
        """Return how long so many calls take."""
        begun = time.perf_counter()
        for _ in range(times):
            self.call(operation, parameters)
        return time.perf_counter() - begun


def table() -> Document:
    """Return the CreateTable of the measured table."""
    return {
        "TableName": "bench",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }


def parameters_of(operation: str, parameters: Document) -> Document:
    """Return a call's parameters with the table's name where it belongs."""
    if operation != "TransactWriteItems":
        return {"TableName": "bench", **parameters}
    items = [{"id": {"S": f"item-{number}"}} for number in (1, 2)]
    return {
        "TransactItems": [
            {"Put": {"TableName": "bench", "Item": item}} for item in items
        ]
    }


def milliseconds(servers: list[Server], name: str, calls: int) -> list[float]:
    """Return the least milliseconds of both for one kind of call."""
    operation, parameters = CALLS[name]
    parameters = parameters_of(operation, parameters)
    times = 10
    blocks = [
        [one.seconds(operation, parameters, times) for one in servers]
        for _ in range(max(3, calls // times))
    ]
    return [min(column) / times * 1000 for column in zip(*blocks, strict=True)]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=300)
    calls = parser.parse_args().calls
    with contextlib.ExitStack() as stack:
        bare, standin = Server(MOTO), Server(STAND_IN)
        for one in (bare, standin):
            stack.callback(one.process.terminate)
            one.prepare()
        print(f"start: moto {bare.started:.2f} s, stand-in {standin.started:.2f} s")
        print(f"{'call':<20}{'moto ms':>10}{'stand-in ms':>14}{'ratio':>8}")
        for name in CALLS:
            of_moto, ours = milliseconds([bare, standin], name, calls)
            print(f"{name:<20}{of_moto:>10.2f}{ours:>14.2f}{ours / of_moto:>8.2f}")


if __name__ == "__main__":
    main()
