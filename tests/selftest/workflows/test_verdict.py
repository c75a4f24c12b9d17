"""Exit statuses, waivers, and what is not assessed."""

import datetime as dt
import shutil

import pytest

from tests.selftest.twin_env import QUERIES, READINGS, ROOT, WRITES, Suite, Twin

PARTS = ["conformance", "promotion", "tests/live", "conftest.py", "pytest.ini"]
TODAY = dt.datetime.now(dt.UTC).date()
LATER, BEFORE = TODAY + dt.timedelta(days=9), TODAY - dt.timedelta(days=1)


def test_a_class_that_is_not_allowed_is_not_assessed(twin, two_tables):
    """Probes need `data`: without it NOT_ASSESSED, how to allow it, and status 10."""
    twin.write(allows=["read"])
    twin.deploy_tables(two_tables)
    result = twin.judge(*READINGS, *WRITES, *QUERIES)
    assert {criterion for criterion, _ in result.found("NOT_ASSESSED")} == {
        *WRITES,
        *QUERIES,
    }
    assert result.found("FAIL") | result.found("ERROR") == set()
    (reason,) = result.reasons("CRU-1", "NOT_ASSESSED")
    assert f'adds "data" to allows in {twin.file.name}' in reason
    assert reason in result.output
    assert result.status == 10
    wrote = {call["operation"] for call in twin.calls()} & {"PutItem", "BatchGetItem"}
    assert wrote == set()


def test_what_cannot_be_proven_here_changes_no_exit_status(twin, two_tables):
    """A target on loopback may name what it cannot prove: shown, and status 0."""
    why = "the key of this target is not its own"
    twin.write(more=f'[cannot_prove]\nENC-2 = "{why}"')
    twin.deploy_tables(two_tables)
    result = twin.judge("ENC-1", "ENC-2")
    assert result.reasons("ENC-2", "NOT_ASSESSED") == {why}
    assert why in result.output
    assert result.run["criteria"]["ENC-2"] == "NOT_ASSESSED"
    assert result.status == 0


def test_nobody_else_may_leave_something_unproven(twin):
    """`cannot_prove` is refused for an endpoint that is not on loopback."""
    twin.write(endpoint="https://192.0.2.1", more='[cannot_prove]\nENC-2 = "no"')
    result = twin.suite.run(f"--env={twin.file}", "-m", "live")
    assert "cannot_prove is for loopback endpoints only" in result.output
    assert result.status == 4


def test_a_run_that_selects_nothing_proves_nothing(twin, two_tables):
    """When no check was selected the exit status is pytest's own 5."""
    twin.deploy_tables(two_tables)
    result = twin.judge("NOTHING-1")
    assert result.status == 5
    assert "NOT ASSESSED" in result.output


def copied_suite(folder):
    """Return a copy of the suite, whose waivers may be changed."""
    root = folder / "copy"
    for part in PARTS:
        source, target = ROOT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    shutil.copy(ROOT / "schemas.json", root)
    return Suite(folder, root)


def waive(suite, *waivers):
    """Accept failures of the table `users` until a day."""
    (suite.root / "promotion" / "waivers.toml").write_text(
        "\n".join(
            f"""[[waivers]]
                environment = "{environment}"
                criterion = "{criterion}"
                subject = "users"
                region = "eu-west-1"
                observed = "{observed}"
                reason = "Accepted for {criterion}."
                owner = "the owner"
                ticket = "T-1"
                expires = {expires}"""
            for environment, criterion, observed, expires in waivers
        ),
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def waived(aws, tmp_path_factory, two_tables):
    """A run on a table that is wrong in many ways, with a waiver of each but one."""

    def alter(tables):
        tables["users"]["capacity_mode"] = "PROVISIONED"
        tables["users"]["stream"]["default"] = "OFF"
        tables["users"]["deletion_protection"] = False
        tables["users"]["point_in_time_recovery"]["days"] = 7

    suite = copied_suite(tmp_path_factory.mktemp("waived"))
    twin = Twin(aws, suite)
    twin.write()
    twin.deploy_tables(two_tables, alter)
    users, name = twin.table("users"), twin.file.stem
    twin.fault(operation="DescribeTimeToLive", table=users, code="AccessDenied")
    waive(
        suite,
        (name, "TBL-8", "False", TODAY),
        (name, "TBL-6", "", LATER),
        (name, "PIT-2", "7", BEFORE),
        (name, "TBL-5", "NEW_IMAGE", LATER),
        ("another", "TBL-3", "PROVISIONED", LATER),
    )
    return twin.judge("TBL-3", "TBL-5", "TBL-6", "TBL-8", "PIT-2")


def test_a_waiver_excuses_a_failure(waived):
    """A FAIL that its owner accepts is WAIVED, with his reason."""
    assert waived.found("WAIVED") == {("TBL-8", "users")}
    (reason,) = waived.reasons("TBL-8", "WAIVED")
    assert reason.startswith("Accepted for TBL-8.")
    assert "the owner" in reason
    assert waived.run["criteria"]["TBL-8"] == "WAIVED"


def test_a_waiver_excuses_nothing_else(waived):
    """No ERROR, nothing after the last day, elsewhere, or since observed anew."""
    assert waived.found("ERROR") == {("TBL-6", "users")}
    failed = {criterion for criterion, _ in waived.found("FAIL")}
    assert failed == {"PIT-2", "TBL-3", "TBL-5"}
    assert waived.status == 1


def test_a_waiver_for_an_unknown_criterion_is_refused(tmp_path):
    """A waiver that can excuse nothing was mistyped."""
    suite = copied_suite(tmp_path)
    waive(suite, ("local", "TBL-99", "1", LATER))
    result = suite.run("--env=local", "-m", "live", "-k", "TBL-1")
    assert "waivers.toml" in result.output
    assert "TBL-99" in result.output
    assert result.status == 4


def test_the_shipped_waivers_are_for_local_environments_alone(suite):
    """The plan's count of indexes is waived as a sample for stand-ins, for no other."""
    text = (ROOT / "promotion" / "waivers.toml").read_text(encoding="utf-8")
    environments = [line for line in text.splitlines() if "environment" in line]
    assert {line.split('"')[1] for line in environments if "=" in line} == {
        "local",
        "local-prod",
    }
    result = suite.run("--env", "local", "-m", "live", "-k", "GSI-4")
    assert result.run["criteria"]["GSI-4"] == "WAIVED"
    assert result.status == 0


def test_the_plans_count_fails_where_nobody_waived_it(twin, two_tables):
    """GSI-4 fails for an environment without a waiver."""
    two_tables = two_tables | {"plan": {"tables": 2, "indexes": 3}}
    twin.deploy_tables(two_tables)
    result = twin.judge("GSI-4")
    assert {criterion for criterion, _ in result.found("FAIL")} == {"GSI-4"}
    assert result.status == 1
