"""Services as they are declared."""

import pytest

from conformance.config.declared.services import declared_services
from conformance.model.errors import BadInputError


def surroundings(**use):
    """Return surroundings with one service that uses orders like this."""
    table = {"operations": ["GetItem"], "indexes": []} | use
    service = {
        "function": "order_lambda",
        "role": "apps/order_lambda",
        "tables": {"orders": table},
    }
    patterns = {"lookups": {}, "lifecycles": {}}
    return {"services": {"order": service}, "access_patterns": patterns}


def test_a_table_name_comes_from_a_variable_or_from_elsewhere():
    """The variables of a recording are those that hold a name."""
    by_name = declared_services(surroundings(name_from="AppConfig"), {"orders"})
    assert by_name.services["order"].uses[0].name_from == "AppConfig"
    assert "AWS_REGION" in by_name.variables
    assert "TABLE" not in by_name.variables
    by_variable = declared_services(surroundings(variable="TABLE"), {"orders"})
    assert {"AWS_REGION", "TABLE"} <= by_variable.variables


@pytest.mark.parametrize("use", [{}, {"variable": "TABLE", "name_from": "SSM"}])
def test_a_table_name_comes_from_one_place(use):
    """Neither, or both, is refused with the field's path."""
    with pytest.raises(BadInputError, match=r"services\.order\.tables\.orders needs"):
        declared_services(surroundings(**use), {"orders"})
