"""The whole suite on environments that are right, in one region and in two."""

import json
import tomllib
from collections import Counter

import pytest

from conformance.model.operations import READ
from tests.selftest.twin_env import ROOT, Suite, Twin, contract

LIVE = {"check", "probe"}
READS = {(service, name) for service, names in READ.items() for name in names}


def catalogue():
    """Every criterion, as its file has it."""
    return tomllib.loads(
        (ROOT / "promotion" / "criteria.toml").read_text(encoding="utf-8")
    )


def unprovable(environment):
    """What a stand-in cannot prove, as TOML for another environment's file."""
    path = ROOT / "promotion" / "environments" / f"{environment}.toml"
    reasons = tomllib.loads(path.read_text(encoding="utf-8"))["cannot_prove"]
    lines = [f"{name} = {json.dumps(reason)}" for name, reason in reasons.items()]
    return reasons, "\n".join(["[cannot_prove]", *lines])


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
    before = {json.dumps(it, sort_keys=True, default=str) for it in twin.calls()}
    result = twin.run()
    calls = [
        it
        for it in twin.calls()
        if json.dumps(it, sort_keys=True, default=str) not in before
    ]
    return twin, result, set(reasons), calls


def test_an_environment_that_is_right_passes_everything_that_can_be_proven(judged):
    """Every live criterion in scope is PASS, or this target cannot prove it."""
    twin, result, reasons, _ = judged
    scope = {"P", "R"} if len(twin.regions) > 1 else {"S"}
    wanted = {
        name
        for name, it in catalogue().items()
        if it["kind"] in LIVE and scope & set(it["scope"]) and "phase" not in it
    }
    criteria = result.run["criteria"]
    proven = {name for name in wanted if criteria[name] == "PASS"}
    # No previous environment is named; SIT's sign-off is read by the gate.
    assert wanted - proven - reasons == {"TBL-9", "GOV-14"} & wanted
    assert result.found("FAIL") == result.found("ERROR") == set()
    assert result.status == 0


def test_each_distinct_read_is_made_once(judged):
    """A serial run repeats no read, whatever it judges; polls and probes aside."""
    _, result, _, _ = judged
    reads = Counter(
        (
            it["service"],
            it["operation"],
            it["region"],
            json.dumps(it["parameters"], sort_keys=True),
        )
        for it in result.observations()
        if (it["service"], it["operation"]) in READS
    )
    assert [read for read, count in reads.items() if count > 1] == []
    assert len(reads) > 100


def test_the_request_log_has_what_the_ledger_has(judged):
    """What AWS was asked is what the evidence says was asked."""
    _, result, _, calls = judged
    seen = Counter()
    for it in calls:
        seen[it["service"], it["operation"]] += it["count"]
    recorded = Counter((it["service"], it["operation"]) for it in result.observations())
    asked = {name: n for name, n in recorded.items() if name in READS}
    assert {name: n for name, n in asked.items() if seen[name] < n} == {}
