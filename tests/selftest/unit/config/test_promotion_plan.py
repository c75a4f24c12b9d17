import pytest

from conformance.config.criteria import load_catalogue
from conformance.config.promotion_plan import load_plan
from conformance.model.errors import BadInputError
from tests.selftest.own_contract import PLAN, own_declared, own_environment


@pytest.mark.parametrize("name", ["local", "dev", "sit", "prod", "dr"])
def test_questions_show_what_is_declared(name):
    """Every question says by which value it is judged, in each environment."""
    declared = own_declared(own_environment(name))
    plan = load_plan(load_catalogue(), declared, PLAN)
    used = " ".join(question.used for question in plan.questions)
    assert f"{declared.index_count} indexes are declared" in used
    assert "{" not in used


def test_all_eight_triggers_of_the_plan_are_there():
    """Each rollback trigger of the plan names criteria."""
    declared = own_declared(own_environment("prod"))
    plan = load_plan(load_catalogue(), declared, PLAN)
    assert len(plan.triggers) == 8
    assert all(trigger.criteria for trigger in plan.triggers)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"GSI-4"]', '"GSI-44"]', "questions[0].criteria names GSI-44"),
        ("{declared.index_count}", "{declared.indexes}", "no attribute 'indexes'"),
        ('role     = "DBA"', 'role     = "CEO"', 'role is "CEO"'),
        ("question = ", "qestion = ", "qestion"),
        ('["PAY_PER_REQUEST"]', "[]", "demands.capacity_mode"),
        ('["ENABLED"]', '["ON"]', "demands.point_in_time_recovery"),
        ("deletion_protection    = [true]", "", "deletion_protection is missing"),
        ("interval_minutes = 60", "interval_minutes = 30", "at least 60"),
    ],
)
def test_mistakes_are_told(tmp_path, old, new, said):
    """An unknown criterion, value, role or field is named with its place."""
    path = tmp_path / "plan.toml"
    path.write_text(
        PLAN.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8"
    )
    declared = own_declared(own_environment("local"))
    with pytest.raises(BadInputError) as raised:
        load_plan(load_catalogue(), declared, path)
    assert said in str(raised.value)
