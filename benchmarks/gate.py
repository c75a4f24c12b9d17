"""What a gate over many tables costs: seconds to decide, bytes of page, its opening.

    python benchmarks/gate.py [--tables 500] [--folder DIR]

The run folders are made up here: a finding for every test that the gate expects, each
with observations, one in two hundred of them a FAIL.
Goals for 500 tables and all criteria: decided under 10 s, page under 15 MB, opened by
Chromium under 2 s.  Opening is the time to lay out the page less that of an empty one,
the quickest of three.
"""

import argparse
import copy
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import conformance.config.declared as declared_files
import conformance.gate.expected_tests as expectation
from conformance.config.environment import Environment, load_environment
from conformance.config.reader import ROOT
from conformance.gate.expected_tests import ExpectedTest, expected_tests
from conformance.model.finding import Finding, Observation, Outcome
from conformance.run.inputs import load_inputs
from conformance.run.ledger import LEDGER, Ledger, write_manifest, write_summary

IDENTITY = ("environment", "contract_sha256", "version", "commit")
FAILS = 200
"""One finding in so many is a FAIL."""
OBSERVED = "partition key customer_id (S), sort key created_at (S)"
LOAD = re.compile(r"^\[load\.tables\.\w+\]\n(?:(?!\[).*\n)*", re.MULTILINE)
PARTS = ("conformance", "promotion", "tests/contract", "tests/dr", "tests/live")
FILES = ("conftest.py", "pytest.ini", "requirements.lock", "schemas.json")
"""What a gate needs of this repository; it judges by a copy with more tables."""
BROWSER = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync"),
    *("--no-first-run", "--disable-background-networking", "--dump-dom"),
)


def main() -> None:
    """Print the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="keep everything there")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (parsed.folder or Path(temporary)).absolute()
        copy = _copy(folder)
        _declare(copy, parsed.tables)
        environment = load_environment("sit")
        run, count = _run(folder, environment, copy)
        print(f"findings : {count}, ledger {_mb(run / LEDGER)}")
        seconds, processor = _decide(copy, run, folder / "gate")
        print(f"decided  : {seconds:.1f} s (under 10), {processor:.1f} s of processors")
        page = folder / "gate" / "signoff.html"
        print(f"page     : {_mb(page)} (under 15)")
        if shutil.which(BROWSER[0]):
            empty = folder / "empty.html"
            empty.write_text("<!DOCTYPE html><title>empty</title>", encoding="utf-8")
            opened = min(_open(page) for _ in range(3))
            alone = min(_open(empty) for _ in range(3))
            print(f"opened   : {opened - alone:.1f} s (under 2)")


def _copy(folder: Path) -> Path:
    """Copy what a gate needs of this repository."""
    root = folder / "repository"
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    for file in FILES:
        shutil.copy(ROOT / file, root)
    return root


def _declare(root: Path, tables: int) -> None:
    """Repeat the shipped tables under other names, with their load."""
    schemas, around = root / "schemas.json", root / "promotion" / "surroundings.toml"
    document = json.loads(schemas.read_text(encoding="utf-8"))
    shipped = list(document["tables"].items())
    times = tables // len(shipped)
    document["tables"] = {
        f"{name}{n}": copy.deepcopy(table)
        for n in range(times)
        for name, table in shipped
    }
    surroundings = around.read_text(encoding="utf-8")
    loads = [
        _share(load, n, times)
        for n in range(times)
        for load in LOAD.findall(surroundings)
    ]
    written = "\n".join([LOAD.sub("", surroundings), *loads])
    around.write_text(written, encoding="utf-8")
    schemas.write_text(json.dumps(document), encoding="utf-8")
    declared_files.SURROUNDINGS, expectation.ROOT = around, root


def _share(load: str, number: int, times: int) -> str:
    """The load of a table, for one of its copies, which share it."""
    named = load.replace("]", f"{number}]", 1)
    return re.sub(
        r"(_percent *= )(\d+)", lambda it: f"{it[1]}{int(it[2]) / times}", named
    )


def _run(folder: Path, environment: Environment, root: Path) -> tuple[Path, int]:
    """One run folder that has a finding for every expected test."""
    run = folder / "2026-01-01T000000Z-sit-benchmark"
    run.mkdir()
    inputs = load_inputs(environment, root / "schemas.json")
    expected = expected_tests(inputs)
    tests = [test for criterion in expected.values() for test in criterion]
    findings = [_finding(test, number) for number, test in enumerate(tests)]
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    summary = _summary(environment, inputs.declared.sha256, now, findings)
    ledger = Ledger(run / LEDGER)
    ledger.append("start", {name: summary[name] for name in IDENTITY})
    for finding in findings:
        for observation in finding.observations:
            ledger.append("observation", asdict(observation))
        ids = [it.id for it in finding.observations]
        ledger.append("finding", finding.as_json() | {"observations": ids})
    ledger.close()
    write_summary(run, summary)
    write_manifest(run)
    return run, len(findings)


def _summary(
    environment: Environment, contract: str, now: str, findings: list[Finding]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "environment": {
            "name": environment.name,
            "judged_as": environment.judged_as,
            "account": environment.account,
            "regions": list(environment.regions),
            "endpoint": "https://dynamodb.eu-west-1.amazonaws.com",
            "is_aws": True,
            "caller": f"arn:aws:sts::{environment.account}:assumed-role/validate/ci",
            "allows": sorted(environment.allows),
        },
        "contract_sha256": contract,
        "version": "0.1.0",
        "commit": "0" * 40,
        "dirty": False,
        "command": "benchmark",
        "started": now,
        "ended": now,
        "complete": True,
        "remarks": [],
        "findings": [it.as_json() for it in findings],
        "criteria": {},
    }


def _finding(test: ExpectedTest, number: int) -> Finding:
    subject = test.subject or "sit"
    wrong = number % FAILS == 0
    return Finding(
        criterion=test.criterion,
        test=test.id,
        subject=subject,
        region=test.region,
        outcome=Outcome.FAIL if wrong else Outcome.PASS,
        reason="not as declared" if wrong else "",
        observed="none" if wrong else OBSERVED,
        declared=OBSERVED,
        requirement="The table MUST be as declared.\n\nIt cannot be changed later.",
        observations=tuple(_observation(f"{number}-{n}", subject) for n in range(3)),
    )


def _observation(name: str, subject: str) -> Observation:
    return Observation(
        id=name,
        service="dynamodb",
        operation="DescribeTable",
        region="eu-west-1",
        parameters={"TableName": f"{subject.partition('/')[0]}-sit"},
        status=200,
        request_id=f"{name:0>52}",
        error="",
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        duration_ms=4.2,
    )


def _decide(root: Path, run: Path, output: Path) -> tuple[float, float]:
    """Return the seconds of the whole command, and those of all its processors."""
    command = [
        *(sys.executable, "-m", "conformance", "gate", "--for", "sit", "--env", "sit"),
        *("--output", str(output), str(run)),
    ]
    before = _processor()
    started = time.perf_counter()
    ended = subprocess.run(command, cwd=root, check=False, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    if ended.returncode != 1:
        sys.exit(f"the gate ended with {ended.returncode}, and 1 was due")
    return seconds, _processor() - before


def _processor() -> float:
    """Return the seconds that ended children have spent on a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _open(page: Path) -> float:
    """Seconds of a browser that lays the page out and ends."""
    with tempfile.TemporaryDirectory() as profile:
        started = time.perf_counter()
        subprocess.run(
            [*BROWSER, f"--user-data-dir={profile}", page.resolve().as_uri()],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
        )
        return time.perf_counter() - started


def _mb(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
