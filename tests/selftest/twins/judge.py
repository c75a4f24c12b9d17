"""The live checks, collected once a process, that judge recordings without AWS."""

import json

import pytest
from _pytest.assertion import util
from _pytest.config import get_config

from conformance.aws.recording import Recording
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
NOT_JUDGED = ("NOT_ASSESSED", "NOT_APPLICABLE")


class Judge:
    """A pytest session within this process, whose tests are the live checks."""

    def __init__(self, environment, contract):
        """Collect the checks of an environment, as `--collect-only` does."""
        unused = [word for plugin in _UNUSED for word in ("-p", f"no:{plugin}")]
        arguments = [
            *("-c", str(ROOT / "pytest.ini"), "-o", "addopts=", "-o", "strict=false"),
            *("--import-mode=importlib", "--collect-only", "-m", "live", *unused),
            *(f"--env={environment}", f"--schemas={contract}"),
            str(ROOT / "tests" / "live"),
        ]
        self._reports = []
        self._config = get_config(arguments)
        pluginmanager = self._config.pluginmanager
        self._config = pluginmanager.hook.pytest_cmdline_parse(
            pluginmanager=pluginmanager, args=arguments
        )
        pluginmanager.register(self)
        self._config._do_configure()
        self._config.option.tbstyle = "value"  # tracebacks take most of the time
        self._session = pytest.Session.from_config(self._config)
        self._config.hook.pytest_sessionstart(session=self._session)
        self._config.hook.pytest_collection(session=self._session)
        self._items = list(self._session.items)
        self._inputs = self._config.stash[INPUTS]

    def pytest_runtest_logreport(self, report):
        """Take the finding that the report carries."""
        finding = json.loads(report.conformance)["finding"]
        if finding:
            self._reports.append(finding)

    def judge(self, recording: Recording, criteria=()):
        """Return the findings of these criteria, or of all."""
        inputs = replaying(self._inputs, recording)
        self._config.stash[INPUTS] = inputs
        self._config.stash[SESSION] = open_session(inputs)
        items = [item for item in self._items if _is_about(item, criteria)]
        assert items, f"no check decides {criteria}"
        self._session.items = items
        self._reports = []
        outer = util._config
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.user_properties = []
            for key in (COMPARED, NUMBERS):
                if key in item.stash:
                    del item.stash[key]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        util._config = outer
        return self._reports

    def close(self):
        """End the session."""
        self._config.hook.pytest_sessionfinish(session=self._session, exitstatus=0)
        self._config._ensure_unconfigure()


def _is_about(item, criteria):
    (criterion,) = item.get_closest_marker("criterion").args
    return not criteria or criterion in criteria
