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
        "region_variable": "AWS_REGION",
        "tables": {"orders": table},
    }
    patterns = {"lookups": {}, "lifecycles": {}}
    return {"services": {"order": service}, "access_patterns": patterns}


def test_a_table_name_comes_from_a_variable_or_from_elsewhere():
    """The variables of a recording are those that hold a name or an endpoint."""
    by_name = declared_services(surroundings(name_from="AppConfig"), {"orders"})
    assert by_name.services["order"].uses[0].name_from == "AppConfig"
    sdk = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"}
    assert by_name.variables == {"AWS_REGION"} | sdk
    by_variable = declared_services(surroundings(variable="TABLE"), {"orders"})
    assert by_variable.variables == {"AWS_REGION", "TABLE"} | sdk


@pytest.mark.parametrize("use", [{}, {"variable": "TABLE", "name_from": "SSM"}])
def test_a_table_name_comes_from_one_place(use):
    """Neither, or both, is refused with the field's path."""
    with pytest.raises(BadInputError, match=r"services\.order\.tables\.orders needs"):
        declared_services(surroundings(**use), {"orders"})
