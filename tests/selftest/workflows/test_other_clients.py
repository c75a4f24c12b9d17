import json
import os
import shutil
import subprocess

import pytest

from tests.selftest.optional_tools import ROOT, needed
from tests.selftest.twin_env import REGION, clean_environment, contract

PLUGINS = "CONFORMANCE_TERRAFORM_PLUGINS"


def run(command, folder):
    """Return the output of a command that must succeed; nothing leads to AWS."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean_environment(folder)
        | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def terraform(tmp_path):
    """Terraform with the AWS provider from a mirror on disk; it downloads nothing."""
    command = needed("terraform", "install it from hashicorp.com")
    plugins = needed(os.environ.get(PLUGINS, PLUGINS), f"{PLUGINS} names a mirror")
    shutil.copy(ROOT / "tests/selftest/terraform/main.tf", tmp_path)
    run([command, "init", "-input=false", f"-plugin-dir={plugins}"], tmp_path)
    return command


def test_terraform_deploys_what_is_judged_and_destroys_it(terraform, twin, tmp_path):
    """Tables that Terraform applied are conformant; destroyed, they are missing."""
    declared = contract()
    for table in declared["tables"].values():
        table["deletion_protection"] = False
    twin.contract.write_text(json.dumps(declared), encoding="utf-8")
    variables = {
        "schemas": twin.contract,
        "endpoint": twin.standin.endpoint,
        "account": twin.account,
        "region": REGION,
    }
    options = ["-auto-approve", "-input=false", "-no-color"]
    options += [f"-var={name}={value}" for name, value in variables.items()]
    run([terraform, "apply", *options], tmp_path)
    applied = twin.run("-k", "IDN-1 or TBL or GSI or ENC-1 or ENC-2 or ENC-3 or PIT")
    again = run([terraform, "plan", "-detailed-exitcode", *options[1:]], tmp_path)
    run([terraform, "destroy", *options], tmp_path)
    destroyed = twin.run("-k", "TBL-1")
    assert applied.found("FAIL") == {("TBL-8", name) for name in declared["tables"]}
    assert applied.found("ERROR") == set()
    assert "No changes" in again
    assert destroyed.found("FAIL") == {("TBL-1", name) for name in declared["tables"]}


def reviewed(terraform, twin, folder, variables):
    """Plan, and review the plan as Terraform prints it."""
    run([terraform, "plan", "-out=it.tfplan", *variables], folder)
    plan = folder / "it.json"
    plan.write_text(
        run([terraform, "show", "-json", "it.tfplan"], folder), encoding="utf-8"
    )
    files = [f"--env={twin.file}", f"--schemas={twin.contract}", f"--plan={plan}"]
    return twin.suite.run(*files)


def test_a_plan_of_terraform_is_reviewed(terraform, twin, two_tables, tmp_path):
    """What Terraform means to make passes; to rename it once it is there is a loss."""
    shutil.copy(ROOT / "tests/selftest/terraform/backup.tf", tmp_path)
    twin.contract.write_text(json.dumps(two_tables), encoding="utf-8")
    variables = {
        "schemas": twin.contract,
        "endpoint": twin.standin.endpoint,
        "account": twin.account,
        "region": REGION,
    }
    options = ["-input=false", "-no-color"]
    options += [f"-var={name}={value}" for name, value in variables.items()]
    first = reviewed(terraform, twin, tmp_path, options)
    tables = ["-auto-approve", "-target=aws_dynamodb_table.table"]
    run([terraform, "apply", *tables, *options], tmp_path)
    main = tmp_path / "main.tf"
    main.write_text(
        main.read_text(encoding="utf-8").replace("${each.key}-", "${each.key}-new-"),
        encoding="utf-8",
    )
    renamed = reviewed(terraform, twin, tmp_path, [*options, "-refresh=false"])
    assert first.status == 0, first.output
    # Account and region were there to be compared; a test can only destroy tables
    # that are not protected.
    protection, conditions = first.run["remarks"]
    assert "deletion protection is planned off and declared on" in protection
    assert "taken to have no conditions" in conditions
    assert len(first.run["findings"]) > 30
    assert {finding["outcome"] for finding in first.run["findings"]} == {"PASS"}
    names = set(two_tables["tables"])
    lost = {("TFP-3", name) for name in names}
    missing = {("TFP-1", name) for name in (*names, twin.file.stem)}
    assert renamed.status == 1, renamed.output
    assert renamed.found("FAIL") == lost | missing


def test_the_aws_cli_describes_what_is_deployed(twin, two_tables, tmp_path):
    """The command line that the plan uses reads the same facts."""
    command = needed("aws", "pip install awscli")
    twin.deploy(two_tables)
    (tmp_path / "credentials").write_text(
        f"[default]\naws_access_key_id = {twin.account}\n"
        "aws_secret_access_key = none\n",
        encoding="utf-8",
    )
    described = subprocess.run(
        [
            *[
                command,
                "dynamodb",
                "describe-table",
                "--table-name",
                twin.table("users"),
            ],
            *["--endpoint-url", twin.standin.endpoint, "--region", REGION],
        ],
        env=clean_environment(tmp_path)
        | {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    table = json.loads(described.stdout)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == set(
        two_tables["tables"]["users"]["indexes"]
    )
