"""The files of a run, read in one place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.config.attestations import Attestation
from conformance.config.environment import load_environment
from conformance.model.errors import BadInputError
from conformance.run.inputs import load_inputs


@pytest.fixture(scope="module")
def sit():
    """The inputs of SIT."""
    return load_inputs(load_environment("sit"))


def test_everything_is_read_once(sit):
    """One value holds the files that a run, a load and a gate need."""
    assert sit.declared.tables
    assert set(sit.catalogue) >= {"TBL-1", "PRF-1", "TFP-1"}
    assert (sit.terraform_plan, sit.replay) == (None, None)


@pytest.mark.parametrize("name", ["prod", "dr"])
def test_dr_requires_what_prod_requires(name):
    """DR is judged by prod's declarations; what advises in prod advises in DR."""
    inputs = load_inputs(load_environment(name))
    advisory = {
        criterion.id
        for criterion in inputs.catalogue.values()
        if "prod" in criterion.advisory_in or criterion.level == "advisory"
    }
    assert advisory
    assert {one for one in inputs.catalogue if not inputs.requires(one)} == advisory


def test_an_attested_assumption_is_not_open_until_it_expires(sit):
    """Somebody has confirmed it, for this environment, and not for ever."""
    first, *others = sit.open_assumptions
    attested = Attestation(
        environment="sit",
        subject=first.id,
        statement="so it is",
        who="A",
        role="owner",
        date=sit.today,
        evidence="https://example.com",
        expires=sit.today,
    )
    assert replace(sit, attestations=(attested,)).open_assumptions == others
    elsewhere = replace(attested, environment="prod")
    assert replace(sit, attestations=(elsewhere,)).open_assumptions == [first, *others]
    tomorrow = sit.today + timedelta(days=1)
    expired = replace(sit, attestations=(attested,), today=tomorrow)
    assert expired.open_assumptions == [first, *others]


def test_a_terraform_plan_of_dev_is_refused(tmp_path):
    """No criterion of a Terraform plan applies there: a review would decide nothing."""
    with pytest.raises(BadInputError, match="no criterion of a Terraform plan applies"):
        load_inputs(load_environment("dev"), terraform_plan=tmp_path / "plan.json")
