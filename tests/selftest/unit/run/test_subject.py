"""The names of a subject in findings and in ids."""

import pytest

from conformance.run.subject import Subject


@pytest.mark.parametrize(
    ("about", "name", "identifier"),
    [
        (Subject("eu-west-1"), "", "eu-west-1"),
        (Subject("", "users"), "users", "users"),
        (
            Subject("eu-west-1", "users", "UsersByEmail"),
            "users/UsersByEmail",
            "eu-west-1-users-UsersByEmail",
        ),
        (
            Subject("eu-west-1", "users", part="pitr"),
            "users/pitr",
            "eu-west-1-users-pitr",
        ),
        (Subject("eu-west-1", part="orders"), "orders", "eu-west-1-orders"),
    ],
)
def test_names_of_a_subject(about, name, identifier):
    """Ids are those that runs of earlier versions have in their evidence."""
    assert (about.name, about.id) == (name, identifier)
