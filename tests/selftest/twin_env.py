"""Environments of their own on a running stand-in, and runs of the suite on them."""

import copy
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import boto3

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo import provision
from conformance.demo.deployment import Deployment
from conformance.demo.tables import deploy_tables
from tests.selftest.fork_pytest import Forked
from tests.selftest.own_contract import SCHEMAS, SURROUNDINGS

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
READINGS = (
    *("IDN-1", "IDN-2", "GSI-1", "GSI-2", "GSI-3", "GSI-4", "ENC-1", "ENC-2", "ENC-3"),
    *("TBL-1", "TBL-2", "TBL-3", "TBL-4", "TBL-5", "TBL-6", "TBL-7", "TBL-8"),
    *("PIT-1", "PIT-2"),
)
WRITES = ("CRU-1", "CRU-2", "CRU-3", "CRU-4", "CRU-5", "CRU-6")
QUERIES = ("QRY-1", "QRY-2", "QRY-3", "QRY-4")
CRITERIA = {*READINGS, *WRITES, *QUERIES}
"""The criteria that twins break, one at a time."""
_USERS_INDEXES = ("users/UsersByEmail", "users/UsersByOrganization")
NO_QUERIES = {(criterion, "users/UsersByEmail") for criterion in QUERIES}
NO_PROBES = {(criterion, "users") for criterion in WRITES}
NO_PROBES |= {(criterion, index) for criterion in QUERIES for index in _USERS_INDEXES}
NO_PROBES |= {("CRU-3", "campaigns")}  # its transactions have users as partner

PATIENCE_S = 300
# Hypothesis takes a second to import, and no live check uses it.
PLUGINS = ["-p", "no:hypothesispytest"]
PYTEST = [sys.executable, "-m", "pytest", *PLUGINS]


def clean_environment(home):
    """Environment variables in which nothing leads to credentials, or to AWS."""
    (home / "empty").touch()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "empty"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "empty"),
    }


def contract(*tables):
    """The self-tests' contract, of these tables or all; the plan counts them."""
    document = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    del document["$schema"]
    document["tables"] = {
        name: table
        for name, table in document["tables"].items()
        if name in tables or not tables
    }
    counted = sum(len(table["indexes"]) for table in document["tables"].values())
    document["plan"] = {"tables": len(document["tables"]), "indexes": counted}
    return document


def altered(declared, alter):
    """The contract as it is once its tables have been altered."""
    document = copy.deepcopy(declared)
    alter(document["tables"])
    return document


def as_declared(_):
    """Alter nothing."""


@dataclass(frozen=True)
class Result:
    """How a run of the suite ended."""

    status: int
    output: str
    evidence: Path

    @property
    def folder(self):
        """The one run folder."""
        (folder,) = self.evidence.iterdir()
        return folder

    @cached_property
    def run(self):
        """run.json."""
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @cached_property
    def ledger(self):
        """The ledger's lines."""
        lines = (self.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def observations(self):
        """Every call that the ledger holds."""
        return [
            line["content"] for line in self.ledger if line["kind"] == "observation"
        ]

    def found(self, outcome):
        """Criterion and subject of every finding with this outcome."""
        return {
            (finding["criterion"], finding["subject"])
            for finding in self.run["findings"]
            if finding["outcome"] == outcome
        }

    def reasons(self, criterion, outcome):
        """What the findings of this criterion with this outcome say."""
        return {
            finding["reason"]
            for finding in self.run["findings"]
            if (finding["criterion"], finding["outcome"]) == (criterion, outcome)
        }


@dataclass(frozen=True)
class Started:
    """A run of the suite that is under way."""

    process: Forked | subprocess.Popen
    log: Path
    evidence: Path

    def result(self):
        """Wait for the end."""
        try:
            status = self.process.wait(PATIENCE_S)
        finally:
            self.stop()
        return Result(status, self.log.read_text(encoding="utf-8"), self.evidence)

    def stop(self):
        """End it and all its processes, if it has not ended."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Suite:
    """Runs the suite from the command line, in a folder of its own."""

    folder: Path
    root: Path = ROOT
    _numbers: itertools.count = field(default_factory=itertools.count)

    def start(self, *arguments, env=()):
        """Begin a run with these arguments."""
        log, evidence, environment = self._place(env)
        if self.root == ROOT:
            every = [*PLUGINS, f"--evidence={evidence}", *arguments]
            process = Forked("pytest", every, self.root, environment, log)
            return Started(process, log, evidence)
        # A copy of the suite brings a package of its own.
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [*PYTEST, f"--evidence={evidence}", *map(str, arguments)],
                cwd=self.root,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Started(process, log, evidence)

    def run(self, *arguments, env=()):
        """Begin a run and wait for its end."""
        return self.start(*arguments, env=env).result()

    def _place(self, env):
        """A new folder's log and evidence, and the environment of the run."""
        here = self.folder / f"run-{next(self._numbers)}"
        here.mkdir()
        log, evidence = here / "output.txt", here / "evidence"
        log.touch()
        return log, evidence, clean_environment(here) | dict(env)


@dataclass(frozen=True)
class StandIn:
    """A stand-in that runs beside the tests."""

    endpoint: str

    def control(self, path, payload=None):
        """Speak to the control API; without a payload it is a GET."""
        body = None if payload is None else json.dumps(payload).encode()
        url = f"{self.endpoint}/_standin/{path}"
        with urllib.request.urlopen(url, body, timeout=10) as answer:  # noqa: S310 -- loopback
            return json.load(answer)

    def client(self, account, service, region=REGION):
        """A boto3 client that acts for an account."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=account,
            aws_secret_access_key="stand-in",  # noqa: S106 -- nobody checks it
        )


@contextmanager
def running_standin():
    """Give a stand-in that runs as its own process."""
    command = [sys.executable, "-m", "conformance", "standin", "--with-parent"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    yield StandIn(process.stdout.readline().split()[1])
    process.communicate(timeout=10)


@dataclass
class Twin:
    """An environment in an account and under table names that are its own."""

    standin: StandIn
    suite: Suite
    regions: tuple = (REGION,)
    account: str = field(default_factory=lambda: f"9{secrets.randbelow(10**11):011d}")

    def __post_init__(self):
        """Name the files."""
        self.file = self.suite.folder / f"twin{self.account}.toml"
        self.contract = self.suite.folder / f"contract{self.account}.json"

    def write(self, *, endpoint=None, more="", **keys):
        """Write the environment's file; `more` is further TOML."""
        values = {
            "account": self.account,
            "access_key_id": self.account,
            "regions": list(self.regions),
            "table_name": f"{{name}}-{self.account}",
            "judged_as": "sit",
            "allows": ["read", "data"],
            "surroundings": str(SURROUNDINGS),
            "endpoint_url": endpoint or self.standin.endpoint,
        }
        lines = [f"{k} = {json.dumps(v)}" for k, v in (values | keys).items()]
        self.file.write_text("\n".join([*lines, more, ""]), encoding="utf-8")

    def deploy(self, declared, alter=as_declared):
        """Declare a contract; deploy it as altered, with all that is around it."""
        environment, as_deployed = self._declare(declared, alter)
        provision(environment, as_deployed, self.standin.endpoint)

    def deploy_tables(self, declared, alter=as_declared):
        """Declare a contract, and deploy its tables alone, as altered."""
        environment, as_deployed = self._declare(declared, alter)
        deploy_tables(Deployment(environment, self.standin.endpoint), as_deployed)

    def _declare(self, declared, alter):
        self.contract.write_text(json.dumps(declared), encoding="utf-8")
        deployed = self.contract.with_suffix(".deployed.json")
        deployed.write_text(json.dumps(altered(declared, alter)), encoding="utf-8")
        environment = load_environment(str(self.file))
        return environment, load_declared(environment, deployed)

    def table(self, name):
        """The deployed name of a table."""
        return f"{name}-{self.account}"

    def client(self, service, region=REGION):
        """A boto3 client of the twin's account."""
        return self.standin.client(self.account, service, region)

    def fault(self, **fault):
        """Strike this account's calls from now on."""
        self.standin.control("faults", {"account": self.account} | fault)

    def arguments(self, *arguments):
        """The command line of a live run."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        return [*files, "-m", "live", *arguments]

    def judge(self, *criteria):
        """Decide these criteria alone."""
        return self.run("-k", " or ".join(criteria))

    def start(self, *arguments):
        """Begin a live run."""
        return self.suite.start(*self.arguments(*arguments))

    def run(self, *arguments):
        """Run the live checks."""
        return self.suite.run(*self.arguments(*arguments))

    def calls(self):
        """What the stand-in saw of this account."""
        calls = self.standin.control("requests")["calls"]
        return [call for call in calls if call["account"] == self.account]

    def scan(self, table, region=REGION):
        """Every item of a table, sorted."""
        pages = self.client("dynamodb", region).get_paginator("scan")
        items = pages.paginate(TableName=self.table(table)).build_full_result()["Items"]
        return sorted(items, key=str)
