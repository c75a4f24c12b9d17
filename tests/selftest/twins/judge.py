"""The live checks, collected once a process, that judge recordings without AWS."""

import json
from dataclasses import replace

import pytest
from _pytest.assertion import util
from _pytest.config import get_config

from conformance.pytest_plugin.stash import INPUTS, SESSION
from conformance.run.findings import COMPARED, NUMBERS
from conformance.run.inputs import replaying
from conformance.run.session import open_session
from tests.selftest.twin_env import ROOT

_UNUSED = (
    *("terminal", "capture", "logging", "cacheprovider", "faulthandler", "junitxml"),
    *("unraisableexception", "threadexception", "warnings", "debugging", "setuponly"),
    *("xdist", "xdist.looponfail", "html", "metadata", "hypothesispytest", "locust"),
)
"""Plugins of pytest that no check needs; some would take over the outer pytest's."""


class Judge:
    """A pytest session within this process, whose tests are the live checks."""

    def __init__(self, environment, contract):
        """Collect the checks of an environment, as `--collect-only` does."""
        unused = [word for plugin in _UNUSED for word in ("-p", f"no:{plugin}")]
        arguments = [
            *("-c", str(ROOT / "pytest.ini"), "-o", "addopts="),
            *("--import-mode=importlib", "--collect-only", "-m", "live", *unused),
            *(f"--env={environment}", f"--schemas={contract}"),
            str(ROOT / "tests" / "live"),
        ]
        pluginmanager = get_config(arguments).pluginmanager
        self._config = pluginmanager.hook.pytest_cmdline_parse(
            pluginmanager=pluginmanager, args=arguments
        )
        pluginmanager.register(self)
        self._config._do_configure()  # noqa: SLF001 -- as pytest.main does
        self._session = pytest.Session.from_config(self._config)
        self._config.hook.pytest_sessionstart(session=self._session)
        self._config.hook.pytest_collection(session=self._session)
        self._items = {item.nodeid: item for item in self._session.items}
        for item in self._items.values():
            # Tracebacks take most of the time, and no finding holds them.
            item._repr_failure_py = _only_the_message  # noqa: SLF001
        self._inputs = self._config.stash[INPUTS]
        self._findings = []

    @property
    def tests(self):
        """The criterion of each check, by the check's id."""
        return {test: _criterion(item) for test, item in self._items.items()}

    def pytest_runtest_logreport(self, report):
        """Take the finding that the report carries."""
        finding = json.loads(report.conformance)["finding"]
        if finding:
            self._findings.append(finding)

    @property
    def declared(self):
        """The contract that the checks were collected from."""
        return self._inputs.declared

    def judge(self, recording, tests, declared):
        """Return the findings of these checks about the recording."""
        inputs = replaying(replace(self._inputs, declared=declared), recording)
        self._config.stash[INPUTS] = inputs
        self._config.stash[SESSION] = open_session(inputs)
        self._session.items = items = [self._items[test] for test in tests]
        self._findings = []
        outer = util._config  # noqa: SLF001 -- pytest forgets it at the end of a test
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.user_properties = []
            for key in (COMPARED, NUMBERS):
                if key in item.stash:
                    del item.stash[key]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        util._config = outer  # noqa: SLF001
        return self._findings


def _criterion(item):
    return item.get_closest_marker("criterion").args[0]


def _only_the_message(excinfo, style=None):  # noqa: ARG001 -- as pytest calls it
    return str(excinfo.value)
