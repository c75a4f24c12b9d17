from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

drawn = settings(
    max_examples=25,
    derandomize=True,  # the same items in every run
    deadline=None,
    database=None,
    # The declared table is a fixture, and the same for every example.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_sample_fits_the_table(declared, violations):
    """
    The sample MUST be an item that DynamoDB takes into the table.

    Every probe item is made like it: keys with their types and not empty, within
    all documented limits.
    """
    broken = sorted(violations(declared.sample, declared))
    assert broken == [], "\n".join(
        f"schemas.json: tables.{declared.name}.sample: {rule}: {attribute}"
        for rule, attribute in broken
    )


@drawn
@given(data=st.data())
def test_valid_items_fit_the_table(declared, valid_items, violations, data):
    """
    Items drawn from the declaration MUST fit the table's keys, types and limits.

    A contract from which no valid item follows contradicts itself.
    """
    item = data.draw(valid_items(declared))
    broken = sorted(violations(item, declared))
    assert broken == [], (
        f"schemas.json: no valid item follows from tables.{declared.name}: {broken}"
    )


@drawn
@given(data=st.data())
def test_invalid_items_break_one_rule(declared, invalid_items, violations, data):
    """
    An item with one thing wrong MUST break the rule of that thing, and no other.

    What breaks two rules at once would show neither.
    """
    rule, item = data.draw(invalid_items(declared))
    broken = [name for name, _ in violations(item, declared)]
    assert broken == [rule], (
        f"schemas.json: an item of {declared.name} that breaks only {rule!r} breaks "
        f"{broken}"
    )
