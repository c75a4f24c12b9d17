"""The files that a run reads before it asks anybody anything."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from conformance.aws.recording import Recording, load_recording
from conformance.config.attestations import Attestation, load_attestations
from conformance.config.criteria import load_catalogue
from conformance.config.declared import SCHEMAS, Assumption, Declared, load_declared
from conformance.config.environment import Environment
from conformance.config.waivers import Waiver, load_waivers
from conformance.model.criterion import Catalogue
from conformance.model.errors import BadInputError
from conformance.terraform.terraform_plan import TerraformPlan, review


def _utc_today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Inputs:
    """Everything that was read from files for one environment."""

    environment: Environment
    schemas: Path
    """The contract's file, from which `declared` was read."""
    declared: Declared
    catalogue: Catalogue
    waivers: tuple[Waiver, ...]
    attestations: tuple[Attestation, ...]
    terraform_plan: TerraformPlan | None = None
    """The Terraform plan under review; AWS is not asked then."""
    replay: Recording | None = None
    """Answers to be judged again; AWS is not asked then."""
    today: date = field(default_factory=_utc_today)
    """The day by which waivers and attestations are judged, UTC."""

    @property
    def open_assumptions(self) -> list[Assumption]:
        """Return the assumptions that nobody has confirmed for this environment."""
        confirmed = {
            attestation.subject
            for attestation in self.attestations
            if attestation.environment == self.environment.name
            and attestation.expires >= self.today
        }
        assumptions = self.declared.assumptions
        return [
            assumption for assumption in assumptions if assumption.id not in confirmed
        ]

    def requires(self, criterion: str) -> bool:
        """Return True if the criterion blocks this environment, False if it advises."""
        return self.catalogue[criterion].required_in(self.environment.stage)


def load_inputs(
    environment: Environment,
    schemas: Path = SCHEMAS,
    terraform_plan: Path | None = None,
    replay: Path | None = None,
) -> Inputs:
    """Read everything that the suite needs to judge the environment.

    Raises:
        BadInputError: with every problem of the first file that has any; or no
            criterion of a Terraform plan applies to the environment; or the recording
            is of another one.
    """
    catalogue = load_catalogue()
    declared = load_declared(environment, schemas)
    plan = None
    if terraform_plan:
        _require_reviewable(environment, catalogue)
        plan = review(terraform_plan, environment, declared)
    inputs = Inputs(
        environment=environment,
        schemas=schemas,
        declared=declared,
        catalogue=catalogue,
        waivers=load_waivers(catalogue),
        attestations=load_attestations(catalogue, declared.assumptions),
        terraform_plan=plan,
    )
    return replaying(inputs, load_recording(replay)) if replay else inputs


def replaying(inputs: Inputs, recording: Recording) -> Inputs:
    """Return the inputs of a replay, which has the day of its recording.

    Raises:
        BadInputError: the recording is of another environment.
    """
    recording.require(inputs.environment)
    return replace(inputs, replay=recording, today=recording.made_at.date())


def _require_reviewable(environment: Environment, catalogue: Catalogue) -> None:
    """Raise BadInputError if a review would decide nothing."""
    scope = {environment.scope(region) for region in environment.regions}
    criteria = catalogue.values()
    reviewed = [criterion for criterion in criteria if criterion.kind == "plan"]
    if not any(criterion.scope & scope for criterion in reviewed):
        raise BadInputError(
            f"--env {environment.name} is judged as {environment.judged_as}, to which "
            "no criterion of a Terraform plan applies; expected: an environment that "
            "is judged as sit or prod"
        )
