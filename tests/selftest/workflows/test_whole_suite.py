"""The whole suite on environments that are right, in one region and in two."""

import json
import tomllib
from collections import Counter
from types import SimpleNamespace

import pytest

from conformance.model.operations import READ
from tests.selftest.twin_env import ROOT, Suite, Twin, contract

LIVE = {"check", "probe"}
FOREIGN = {
    "campaigns": {"campaign_id": {"S": "campaign-4711"}},
    "orders": {"order_id": {"S": "order-4711"}, "status": {"S": "pending"}},
    "users": {"tenant_id": {"S": "tenant-4711"}, "user_id": {"S": "4711"}},
}
"""Items that are not the suite's."""
READS = {(service, name) for service, names in READ.items() for name in names}


def catalogue():
    """Return every criterion as its file has it."""
    return tomllib.loads(
        (ROOT / "promotion" / "criteria.toml").read_text(encoding="utf-8")
    )


def unprovable(environment):
    """Return what a stand-in cannot prove, as TOML for another environment's file."""
    path = ROOT / "promotion" / "environments" / f"{environment}.toml"
    reasons = tomllib.loads(path.read_text(encoding="utf-8"))["cannot_prove"]
    lines = [f"{name} = {json.dumps(reason)}" for name, reason in reasons.items()]
    return reasons, "\n".join(["[cannot_prove]", *lines])


def scans(twin):
    """Return the items of every table."""
    return {table: twin.scan(table) for table in contract()["tables"]}


def operation(request):
    """Return the service and the operation of a request."""
    return request["service"], request["operation"]


def sorted_json(value):
    """Return a value as text that can be compared."""
    return json.dumps(value, sort_keys=True, default=str)


@pytest.fixture(scope="module", params=["local", "local-prod"])
def judged(request, aws, tmp_path_factory):
    """An environment that is right, and a serial run over everything."""
    prod = request.param == "local-prod"
    regions = ("af-south-1", "eu-west-1") if prod else ("eu-west-1",)
    twin = Twin(aws, Suite(tmp_path_factory.mktemp(request.param)), regions=regions)
    reasons, table = unprovable(request.param)
    allows = ["read", "data", "backup"]
    judged_as = "prod" if prod else "sit"
    twin.write(judged_as=judged_as, allows=allows, more=table)
    twin.deploy(contract())
    for table, item in FOREIGN.items():
        twin.client("dynamodb").put_item(TableName=twin.table(table), Item=item)
    before = scans(twin)
    known = {sorted_json(call) for call in twin.calls()}
    result = twin.run()
    calls = [call for call in twin.calls() if sorted_json(call) not in known]
    return SimpleNamespace(
        twin=twin,
        result=result,
        reasons=set(reasons),
        calls=calls,
        before=before,
        after=scans(twin),
    )


def test_an_environment_that_is_right_passes_everything_that_can_be_proven(judged):
    """Every live criterion in scope is PASS, or this target cannot prove it."""
    result = judged.result
    scope = {"P", "R"} if len(judged.twin.regions) > 1 else {"S"}
    wanted = {
        name
        for name, criterion in catalogue().items()
        if criterion["kind"] in LIVE
        and scope & set(criterion["scope"])
        and "phase" not in criterion
    }
    criteria = result.run["criteria"]
    proven = {name for name in wanted if criteria[name] == "PASS"}
    # No previous environment is named; SIT's sign-off is read by the gate.
    assert wanted - proven - judged.reasons == {"TBL-9", "GOV-14"} & wanted
    assert result.found("FAIL") == result.found("ERROR") == set()
    assert result.status == 0


def test_each_distinct_read_is_made_once(judged):
    """A serial run repeats no read, whatever it judges; polls and probes aside."""
    reads = Counter(
        (*operation(request), request["region"], sorted_json(request["parameters"]))
        for request in judged.result.observations()
        if operation(request) in READS
    )
    assert [read for read, count in reads.items() if count > 1] == []
    assert len(reads) > 100


def test_the_request_log_has_what_the_ledger_has(judged):
    """What AWS was asked is what the evidence says was asked."""
    seen = Counter()
    for call in judged.calls:
        seen[operation(call)] += call["count"]
    recorded = Counter(map(operation, judged.result.observations()))
    asked = {name: n for name, n in recorded.items() if name in READS}
    assert {name: n for name, n in asked.items() if seen[name] < n} == {}


def test_tables_are_as_they_were(judged):
    """A complete live run leaves every table as it was, foreign items included."""
    criteria = {finding["criterion"] for finding in judged.result.run["findings"]}
    assert {"CRU-1", "QRY-1"} <= criteria
    filled = {table: items for table, items in judged.before.items() if items}
    assert filled == {table: [item] for table, item in FOREIGN.items()}
    assert judged.after == judged.before
