import subprocess

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo import Deployment
from conformance.demo.tables import create_table
from tests.selftest.optional_tools import free_port, needed, wait_for_port
from tests.selftest.twin_env import contract

ENGINE = "@dynoxide/linux-x64/dynoxide"


@pytest.fixture
def engine():
    """The strictest engine of the data plane that can be installed."""
    command = needed(ENGINE, "npm install brings it")
    port = free_port()
    process = subprocess.Popen(
        [command, "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def findings(result):
    """What a run found about the data plane."""
    return {
        (
            finding["criterion"],
            finding["subject"],
            finding["region"],
            finding["outcome"],
        )
        for finding in result.run["findings"]
    }


def test_the_data_plane_is_judged_alike_on_a_strict_engine(engine, twin):
    """What passes on the stand-in also passes where nothing is waved through."""
    twin.deploy(contract())
    on_standin = twin.run("-k", "CRU or QRY")
    twin.write(
        more=f'[endpoint_urls]\ndynamodb = "{engine}"\ndynamodbstreams = "{engine}"'
    )
    environment = load_environment(str(twin.file))
    deployment = Deployment(environment, engine)
    for table in load_declared(environment, twin.contract).tables.values():
        create_table(deployment, table, environment.regions[0], "alias/any")
    on_engine = twin.run("-k", "CRU or QRY")
    assert on_engine.status == on_standin.status == 0
    assert findings(on_engine) == findings(on_standin)
