"""The survey of every member of every answer, by as many processes as are useful."""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from tests.selftest.answers.notices import Witnesses
from tests.selftest.twin_env import running_standin
from tests.selftest.twins.recorded_env import recorded

PROCESSES = 2
ENVIRONMENTS = {
    "sit": {"regions": ("eu-west-1",)},
    "prod": {"regions": ("af-south-1", "eu-west-1"), "judged_as": "prod"},
}


@cache
def witnesses(folder, name):
    """Return the checks of an environment, once a process."""
    environment = recorded(
        Path(folder) / name, None, "campaigns", "users", **ENVIRONMENTS[name]
    )
    return Witnesses(environment)


def examine(folder, name, place):
    """Return what the checks of an environment say to the changes of a member."""
    return name, place, list(witnesses(folder, name).notices(place))


def record(folder):
    """Record the conforming environments."""
    with running_standin() as standin:
        for name, keys in ENVIRONMENTS.items():
            here = Path(folder) / name
            recorded(here, lambda: standin, "campaigns", "users", **keys)


def survey():
    """Yield environment, place, and what is noticed of each change of the place."""
    with tempfile.TemporaryDirectory() as folder:
        record(folder)
        work = [
            (folder, name, place)
            for name in ENVIRONMENTS
            for place in witnesses(folder, name).places()
        ]
        with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as processes:
            yield from processes.map(examine, *zip(*work, strict=True), chunksize=16)
