"""Regions that are switched off."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def switched_off(control, account):
    control("settings", {"regions": {"off": [f"{account}/af-south-1"]}})
    yield
    control("settings", {"regions": {"off": []}})


def status(client, account, region):
    answer = client("account", "us-east-1", account).get_region_opt_status(
        RegionName=region
    )
    return answer["RegionOptStatus"]


def test_a_region_of_old_is_enabled_by_default(client, account):
    """ENABLED_BY_DEFAULT regions cannot be disabled (API_GetRegionOptStatus)."""
    assert status(client, account, "eu-west-1") == "ENABLED_BY_DEFAULT"


def test_an_opt_in_region_is_enabled(client, account):
    """An opt-in region that is on is ENABLED (API_GetRegionOptStatus)."""
    assert status(client, account, "af-south-1") == "ENABLED"


@pytest.mark.usefixtures("switched_off")
def test_a_region_switched_off_is_disabled(client, account):
    """An opt-in region that is off is DISABLED (API_GetRegionOptStatus)."""
    assert status(client, account, "af-south-1") == "DISABLED"


@pytest.mark.usefixtures("switched_off")
@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("dynamodb", "list_tables", "UnrecognizedClientException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ],
)
def test_a_region_switched_off_knows_no_key(client, account, service, call, code):
    """Credentials are not valid in a disabled region ("Enable or disable Regions")."""
    with pytest.raises(ClientError) as refusal:
        getattr(client(service, "af-south-1", account), call)()

    assert refusal.value.response["Error"]["Code"] == code


@pytest.mark.usefixtures("switched_off")
def test_other_accounts_keep_the_region(client):
    """Each account enables regions for itself ("Enable or disable Regions")."""
    other = client("dynamodb", "af-south-1", "200000000009")

    assert other.list_tables()["TableNames"] == []
