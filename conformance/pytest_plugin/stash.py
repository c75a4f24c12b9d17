"""The inputs and the session of this process, where pytest keeps them."""

from typing import Any

import pytest

from conformance.deployed.previous_environment import Previous
from conformance.run.inputs import Inputs
from conformance.run.session import Session, open_session

INPUTS = pytest.StashKey[Inputs]()
SESSION = pytest.StashKey[Session]()
PREVIOUS = pytest.StashKey[Previous]()
"""The environment that this one was promoted from, once a check has read it."""


def open_once(config: pytest.Config) -> Session:
    """Return the session of this process; open it if this is the first call.

    Raises:
        BadInputError: as `open_session`.
    """
    if SESSION not in config.stash:
        workerinput: dict[str, Any] = getattr(config, "workerinput", {})
        process = str(workerinput.get("workerid", "main"))
        worker = int(process.removeprefix("gw")) if workerinput else 0
        session = open_session(config.stash[INPUTS], process, worker)
        config.stash[SESSION] = session
        config.stash[INPUTS] = session.inputs
    return config.stash[SESSION]
