"""The lines above a run: the environment, the account, the endpoint, the evidence."""

from collections.abc import Iterable

from conformance.run.run_folder import Run
from conformance.terraform.terraform_plan import TerraformPlan


def header(run: Run, more: Iterable[str] = ()) -> list[str]:
    """Return the header of a run; `more` says what this kind of run does."""
    inputs, environment = run.inputs, run.inputs.environment
    plan = inputs.terraform_plan
    return [
        f"environment: {environment.name}, from {environment.source}",
        f"judged as: {environment.judged_as}",
        *(_of_review(run, plan) if plan else _of_target(run)),
        f"contract: {inputs.declared.sha256[:12]}",
        *more,
        f"evidence: {run.folder}",
    ]


def _of_target(run: Run) -> list[str]:
    environment, target = run.inputs.environment, run.target
    caller = f"{target.caller} (by {target.credentials_from})"
    replay = [f"replay: {run.notes[0]}"] if target.replay else []
    kind = "" if environment.is_aws else "  (a local target: this is no AWS)"
    return [
        *replay,
        f"account: {environment.account} as {caller}",
        f"regions: {', '.join(environment.regions)}; endpoint: {target.endpoint}{kind}",
        f"allows: {', '.join(sorted(environment.allows))}",
    ]


def _of_review(run: Run, plan: TerraformPlan) -> list[str]:
    environment, about = run.inputs.environment, plan.document.told
    made = f", made {about['made']}" if about["made"] else ""
    by = f"Terraform {about['terraform_version']}{made}; nobody is asked"
    return [
        f"account: {environment.account}; region: {environment.regions[0]}",
        f"plan: {plan.document.path} by {by}",
        f"plan sha256: {about['sha256']}",
    ]
