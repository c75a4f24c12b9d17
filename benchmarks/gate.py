"""The cost of a gate over many tables: seconds to decide, bytes of page, its opening.

    python benchmarks/gate.py [--tables 500] [--folder DIR]

The run folders are made up here: a finding for every test that the gate expects, each
with observations, one in two hundred of them a FAIL.
Goals for 500 tables and all criteria: decided under 10 s, page under 15 MB, opened by
Chromium under 2 s.  Opening is the time to lay out the page less that of an empty one,
the quickest of three.
"""

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from conformance.config.declared import SCHEMAS, SURROUNDINGS
from conformance.config.environment import find, load_environment
from conformance.config.file_reader import ROOT
from conformance.gate.expected_tests import ExpectedTest, expected_tests
from conformance.model.finding import Finding, Observation, Outcome
from conformance.run.inputs import Inputs, load_inputs
from conformance.run.ledger import LEDGER
from conformance.run.run_folder import Run
from conformance.run.session import Target

ENDPOINT = "https://dynamodb.eu-west-1.amazonaws.com"
FAILS = 200
"""The number of findings of which one is a FAIL."""
OBSERVED = "partition key customer_id (S), sort key created_at (S)"
LOAD = re.compile(r"^\[load\.tables\.\w+\]\n(?:(?!\[).*\n)*", re.MULTILINE)
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
        file, schemas = _environment(folder, parsed.tables)
        inputs = load_inputs(load_environment(str(file)), schemas)
        run, count = _run(folder, inputs)
        print(f"findings : {count}, ledger {_mb(run / LEDGER)}")
        seconds, processor = _decide(inputs, run, folder / "gate")
        print(f"decided  : {seconds:.1f} s (under 10), {processor:.1f} s of processors")
        page = folder / "gate" / "signoff.html"
        print(f"page     : {_mb(page)} (under 15)")
        if shutil.which(BROWSER[0]):
            empty = folder / "empty.html"
            empty.write_text("<!DOCTYPE html><title>empty</title>", encoding="utf-8")
            opened = min(_open(page) for _ in range(3))
            alone = min(_open(empty) for _ in range(3))
            print(f"opened   : {opened - alone:.1f} s (under 2)")


def _environment(folder: Path, tables: int) -> tuple[Path, Path]:
    """Write SIT with the shipped tables repeated under other names, with their load."""
    document = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    shipped = list(document["tables"].items())
    times = tables // len(shipped)
    document["tables"] = {
        f"{name}{n}": table for n in range(times) for name, table in shipped
    }
    schemas = folder / "schemas.json"
    schemas.write_text(json.dumps(document), encoding="utf-8")
    text = SURROUNDINGS.read_text(encoding="utf-8")
    loads = [
        _share(load, n, times) for n in range(times) for load in LOAD.findall(text)
    ]
    surroundings = "\n".join([LOAD.sub("", text), *loads])
    (folder / "surroundings.toml").write_text(surroundings, encoding="utf-8")
    sit = find("sit").read_text(encoding="utf-8")
    file = folder / "sit.toml"
    file.write_text(f'surroundings = "surroundings.toml"\n{sit}', encoding="utf-8")
    return file, schemas


def _share(load: str, number: int, times: int) -> str:
    """The load of a table, for one of its copies, which share it."""
    named = load.replace("]", f"{number}]", 1)
    return re.sub(
        r"(_percent *= )(\d+)",
        lambda share: f"{share[1]}{int(share[2]) / times}",
        named,
    )


def _run(folder: Path, inputs: Inputs) -> tuple[Path, int]:
    """Write a run folder that has a finding for every expected test."""
    account = inputs.environment.account
    caller = f"arn:aws:sts::{account}:assumed-role/validate/ci"
    run = Run(inputs, folder, Target(ENDPOINT, caller))
    expected = expected_tests(inputs)
    tests = [test for criterion in expected.values() for test in criterion]
    for number, test in enumerate(tests):
        finding = _finding(test, number)
        run.add_observations(finding.observations)
        run.add_finding(finding)
    run.end()
    run.seal()
    return run.folder, len(tests)


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


def _decide(inputs: Inputs, run: Path, output: Path) -> tuple[float, float]:
    """Return the seconds of the whole command, and those of all its processors."""
    command = [
        *(sys.executable, "-m", "conformance", "gate", "--for", "sit"),
        *("--env", str(inputs.environment.source), "--schemas", str(inputs.schemas)),
        *("--output", str(output), str(run)),
    ]
    before = _processor()
    started = time.perf_counter()
    ended = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
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
