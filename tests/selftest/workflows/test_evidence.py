"""The evidence of a run: all criteria and all calls, nothing twice, nothing private."""

import hashlib
import json
import shutil
import subprocess
import tomllib
from collections import Counter
from types import SimpleNamespace

import pytest

from conformance.config.environment import load_environment
from conformance.gate.accepted_evidence import refusals
from conformance.gate.sealed_run import read_run
from conformance.model.operations import READ
from conformance.run.inputs import load_inputs
from tests.selftest.twin_env import CRITERIA, ROOT, Suite, Twin, contract

PRIVATE = "what nobody but the customer may read"
FOREIGN = {
    "campaigns": {"campaign_id": {"S": "campaign-4711"}, "name": {"S": PRIVATE}},
    "orders": {"order_id": {"S": "order-4711"}, "status": {"S": "pending"}},
    "users": {"tenant_id": {"S": "tenant-4711"}, "user_id": {"S": "4711"}},
}
LEFT = {"campaign_id": {"S": "conformance-suite-0005"}}
READS = {
    "DescribeContinuousBackups",
    "DescribeKey",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetCallerIdentity",
    "GetKeyRotationStatus",
    "GetRegionOptStatus",
    "ListEventSourceMappings",
    "ListTables",
    "ListTagsOfResource",
}
IDENTITY = ("criterion", "test", "subject", "region", "outcome")
FIELDS = {*IDENTITY, "reason", "observations"}


def _counted(calls):
    """Return how often each different call was made."""
    return Counter(
        {
            (
                call["service"],
                call["operation"],
                call["region"],
                json.dumps(call["parameters"], sort_keys=True),
            ): call["count"]
            for call in calls
        }
    )


@pytest.fixture(scope="module")
def runs(aws, tmp_path_factory):
    """A serial run and one with two workers, on five tables with foreign items."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("runs")))
    twin.write()
    twin.deploy(contract())
    dynamodb = twin.client("dynamodb")
    for table, item in FOREIGN.items():
        dynamodb.put_item(TableName=twin.table(table), Item=item)
    calls = _counted(twin.calls())
    serial = twin.judge(*CRITERIA)
    calls = _counted(twin.calls()) - calls
    dynamodb.put_item(TableName=twin.table("campaigns"), Item=LEFT)
    parallel = twin.run("-n", "2", "-k", " or ".join(CRITERIA))
    return SimpleNamespace(twin=twin, serial=serial, calls=calls, parallel=parallel)


def test_a_run_is_evidence_for_a_gate(runs):
    """The gate accepts the folder of a run as the run has left it, with workers too."""
    for result in (runs.serial, runs.parallel):
        assert read_run(result.folder).integrity_errors == ()
    run = read_run(runs.serial.folder)
    inputs = load_inputs(load_environment(str(runs.twin.file)), runs.twin.contract)
    assert list(refusals(run, inputs.environment, inputs.declared)) == []


def test_every_criterion_is_in_the_run(runs):
    """run.json has an outcome for every criterion of criteria.toml."""
    catalogue = tomllib.loads(
        (ROOT / "promotion" / "criteria.toml").read_text(encoding="utf-8")
    )
    criteria = runs.serial.run["criteria"]
    assert list(criteria) == list(catalogue)
    assert {criteria[name] for name in CRITERIA} == {"PASS"}


def test_the_summary_has_the_promised_fields(runs):
    """Fields of run.json stay as they were promised."""
    run = runs.serial.run
    assert run["schema"] == 1
    assert run["complete"] is True
    assert run["started"] < run["ended"]
    environment = run["environment"]
    assert set(environment) >= {"name", "account", "regions", "endpoint", "caller"}
    assert environment["regions"] == ["eu-west-1"]
    assert environment["account"] in environment["caller"]
    assert all(set(finding) >= FIELDS for finding in run["findings"])


def test_two_workers_find_the_same(runs):
    """A run with -n 2 has the same findings as a serial one."""
    serial, parallel = (
        {
            tuple(finding[name] for name in IDENTITY)
            for finding in result.run["findings"]
        }
        for result in (runs.serial, runs.parallel)
    )
    assert serial == parallel
    assert len(serial) == len(runs.parallel.run["findings"])
    assert runs.parallel.status == runs.serial.status
    assert runs.parallel.run["complete"] is True


def test_every_pass_rests_on_observations(runs):
    """A PASS names the calls it rests on, unless it compares two declarations."""
    for finding in runs.serial.run["findings"]:
        if finding["criterion"] not in CRITERIA - {"GSI-4"}:
            continue
        if "what_the_plan_demands" in finding["test"]:
            continue
        assert finding["observations"], finding["test"]
        for observation in finding["observations"]:
            assert observation["operation"]
            assert observation["region"] == "eu-west-1"
            assert observation["request_id"]


def test_nothing_is_read_twice(runs):
    """In a serial run every different read of a fact is sent once."""
    reads = {(service, name) for service, names in READ.items() for name in names}
    twice = {call for call, count in runs.calls.items() if count > 1}
    assert {call for call in twice if call[:2] in reads} == set()
    assert {operation for _, operation, _, _ in runs.calls} >= READS


def test_every_call_is_in_the_ledger(runs):
    """What the stand-in was asked is what the ledger says was asked."""
    seen, recorded = Counter(), Counter()
    for (service, operation, region, _), count in runs.calls.items():
        seen[service, operation, region] += count
    for request in runs.serial.observations():
        recorded[request["service"], request["operation"], request["region"]] += 1
    assert recorded == seen


def test_observations_of_findings_are_in_the_ledger(runs):
    """Each observation that a finding rests on has its line in the ledger."""
    ids = [observation["id"] for observation in runs.parallel.observations()]
    resting = {
        observation["id"]
        for finding in runs.parallel.run["findings"]
        for observation in finding["observations"]
    }
    assert len(ids) == len(set(ids))
    assert resting <= set(ids)


@pytest.mark.parametrize("which", ["serial", "parallel"])
def test_the_ledger_is_a_chain(runs, which):
    """Each line of the ledger holds the SHA-256 of the line before."""
    folder = getattr(runs, which).folder
    previous = "0" * 64
    for number, line in enumerate(
        (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    ):
        content = json.loads(line)
        assert (content["line"], content["previous"]) == (number, previous)
        previous = hashlib.sha256(line.encode()).hexdigest()


@pytest.mark.parametrize("which", ["serial", "parallel"])
def test_the_manifest_verifies(runs, which, tmp_path):
    """Sha256sum --check accepts the folder, and refuses it once it was changed."""
    folder = tmp_path / "copy"
    shutil.copytree(getattr(runs, which).folder, folder)
    check = [shutil.which("sha256sum"), "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    listed = {
        line.split("  ")[1]
        for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    }
    there = {file.name for file in folder.iterdir()}
    assert listed == there - {"SHA256SUMS"}
    assert there >= {"ledger.jsonl", "run.json", "report.html", "junit.xml"}
    (folder / "run.json").write_text("{}", encoding="utf-8")
    assert subprocess.run(check, cwd=folder, check=False).returncode != 0


def test_contents_of_items_are_not_recorded(runs):
    """No file of the evidence holds what is in others' items; no call ours either."""
    assert [
        file
        for file in runs.serial.folder.iterdir()
        if PRIVATE in file.read_text(encoding="utf-8")
    ] == []
    assert "Spring launch" not in json.dumps(runs.serial.observations())


def test_what_an_earlier_run_left_is_swept(runs):
    """An item that an earlier run left is removed, and the run says so."""
    found = [
        remark for remark in runs.parallel.run["remarks"] if "1 test item" in remark
    ]
    assert len(found) == 1
    assert "campaigns" in found[0]
    assert found[0] in runs.parallel.output
    assert runs.serial.run["remarks"] == []


def test_the_terminal_ends_with_the_criteria_and_the_report(runs):
    """The last lines say the verdict and where the report is."""
    ending = runs.serial.output.partition("= criteria of ")[2]
    assert "verdict : " in ending
    assert f"report  : {runs.serial.folder / 'report.html'}" in ending
    assert runs.serial.run["environment"]["account"] in runs.serial.output


def test_measured_delays_are_kept(runs):
    """QRY-4 keeps what it measured, with the unit in its name."""
    delays = [
        finding["numbers"]["index_delay_ms"]
        for finding in runs.serial.run["findings"]
        if finding["criterion"] == "QRY-4"
    ]
    assert len(delays) == 11
    assert all(0 < delay <= 1000 for measured in delays for delay in measured)
