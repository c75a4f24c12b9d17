"""What a run leaves: all criteria, all calls, nothing twice, and nothing changed."""

import hashlib
import json
import shutil
import subprocess
import tomllib
from collections import Counter
from types import SimpleNamespace

import pytest

from conformance.model.operations import READ
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
FIELDS = {"criterion", "test", "subject", "region", "outcome", "reason", "observations"}


def _counted(calls):
    """How often each different call was made."""
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
def told(aws, tmp_path_factory):
    """A serial run and one with two workers, on five tables with foreign items."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("told")))
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


def test_every_criterion_is_in_the_run(told):
    """run.json has an outcome for every criterion of criteria.toml."""
    catalogue = tomllib.loads(
        (ROOT / "promotion" / "criteria.toml").read_text(encoding="utf-8")
    )
    criteria = told.serial.run["criteria"]
    assert list(criteria) == list(catalogue)
    assert {criteria[name] for name in CRITERIA} == {"PASS"}


def test_the_summary_has_the_promised_fields(told):
    """Fields of run.json stay as they were promised."""
    run = told.serial.run
    assert run["schema"] == 1
    assert run["complete"] is True
    assert run["started"] < run["ended"]
    environment = run["environment"]
    assert set(environment) >= {"name", "account", "regions", "endpoint", "caller"}
    assert environment["regions"] == ["eu-west-1"]
    assert environment["account"] in environment["caller"]
    assert all(set(finding) >= FIELDS for finding in run["findings"])


def test_two_workers_find_the_same(told):
    """A run with -n 2 has the same findings as a serial one."""
    serial, parallel = (
        {
            (it["criterion"], it["test"], it["subject"], it["region"], it["outcome"])
            for it in result.run["findings"]
        }
        for result in (told.serial, told.parallel)
    )
    assert serial == parallel
    assert len(serial) == len(told.parallel.run["findings"])
    assert told.parallel.status == told.serial.status
    assert told.parallel.run["complete"] is True


def test_every_pass_rests_on_observations(told):
    """A PASS names the calls it rests on; GSI-4 alone compares two declarations."""
    for finding in told.serial.run["findings"]:
        if finding["criterion"] not in CRITERIA - {"GSI-4"}:
            continue
        assert finding["observations"], finding["test"]
        for each in finding["observations"]:
            assert each["operation"]
            assert each["region"] == "eu-west-1"
            assert each["request_id"]


def test_nothing_is_read_twice(told):
    """In a serial run every different read of a fact is sent once."""
    reads = {(service, name) for service, names in READ.items() for name in names}
    twice = {call for call, count in told.calls.items() if count > 1}
    assert {call for call in twice if call[:2] in reads} == set()
    assert {operation for _, operation, _, _ in told.calls} >= READS


def test_every_call_is_in_the_ledger(told):
    """What the stand-in was asked is what the ledger says was asked."""
    seen, recorded = Counter(), Counter()
    for (service, operation, region, _), count in told.calls.items():
        seen[service, operation, region] += count
    for it in told.serial.observations():
        recorded[it["service"], it["operation"], it["region"]] += 1
    assert recorded == seen


def test_observations_of_findings_are_in_the_ledger(told):
    """Each observation that a finding rests on has its line in the ledger."""
    ids = [it["id"] for it in told.parallel.observations()]
    resting = {
        each["id"]
        for finding in told.parallel.run["findings"]
        for each in finding["observations"]
    }
    assert len(ids) == len(set(ids))
    assert resting <= set(ids)


@pytest.mark.parametrize("which", ["serial", "parallel"])
def test_the_ledger_is_a_chain(told, which):
    """Each line of the ledger holds the SHA-256 of the line before."""
    folder = getattr(told, which).folder
    previous = "0" * 64
    for number, line in enumerate(
        (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    ):
        content = json.loads(line)
        assert (content["line"], content["previous"]) == (number, previous)
        previous = hashlib.sha256(line.encode()).hexdigest()


@pytest.mark.parametrize("which", ["serial", "parallel"])
def test_the_manifest_verifies(told, which, tmp_path):
    """Sha256sum --check accepts the folder, and refuses it once it was changed."""
    folder = tmp_path / "copy"
    shutil.copytree(getattr(told, which).folder, folder)
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


def test_contents_of_items_are_not_recorded(told):
    """No file of the evidence holds what is in others' items; no call ours either."""
    assert [
        it
        for it in told.serial.folder.iterdir()
        if PRIVATE in it.read_text(encoding="utf-8")
    ] == []
    assert "Spring launch" not in json.dumps(told.serial.observations())


def test_tables_are_as_they_were(told):
    """A complete live run leaves every table as it was, foreign items included."""
    before = {table: told.twin.scan(table) for table in contract()["tables"]}
    assert {table: it for table, it in before.items() if it} == {
        table: [item] for table, item in FOREIGN.items()
    }
    result = told.twin.run("-n", "2")
    assert {"CRU-1", "QRY-1"} <= {it["criterion"] for it in result.run["findings"]}
    assert {table: told.twin.scan(table) for table in before} == before


def test_what_an_earlier_run_left_is_swept(told):
    """An item that an earlier run left is removed, and the run says so."""
    found = [
        remark for remark in told.parallel.run["remarks"] if "1 test item" in remark
    ]
    assert len(found) == 1
    assert "campaigns" in found[0]
    assert found[0] in told.parallel.output
    assert told.serial.run["remarks"] == []


def test_the_terminal_ends_with_the_criteria_and_the_report(told):
    """The last lines say the verdict and where the report is."""
    ending = told.serial.output.partition("= criteria of ")[2]
    assert "verdict : " in ending
    assert f"report  : {told.serial.folder / 'report.html'}" in ending
    assert told.serial.run["environment"]["account"] in told.serial.output


def test_measured_delays_are_kept(told):
    """QRY-4 keeps what it measured, with the unit in its name."""
    delays = [
        it["numbers"]["index_delay_ms"]
        for it in told.serial.run["findings"]
        if it["criterion"] == "QRY-4"
    ]
    assert len(delays) == 11
    assert all(0 < delay <= 1000 for each in delays for delay in each)
