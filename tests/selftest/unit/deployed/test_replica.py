"""Every status that botocore knows of a replica has a meaning."""

import botocore.session
import pytest

from conformance.deployed.replica import state_of

MODEL = botocore.session.get_session().get_service_model("dynamodb")
ACCOUNT = "111122223333"


@pytest.mark.parametrize("status", MODEL.shape_for("ReplicaStatus").enum)
def test_each_documented_status_is_understood(status):
    """ACTIVE alone is nothing but itself; another one is told with what it means."""
    replica = {"RegionName": "eu-west-1", "ReplicaStatus": status}
    state = state_of(replica, ACCOUNT)
    assert (state == status) == (status == "ACTIVE")
    assert state.startswith(status)
