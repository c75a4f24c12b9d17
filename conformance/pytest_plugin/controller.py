"""The pytest plugin of the process that keeps the evidence and gives the verdict."""

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.report import html as log
from conformance.report import terminal
from conformance.report.header import header
from conformance.run.run_folder import Run
from conformance.run.verdict import exit_status

_JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


class Controller:
    """A pytest plugin that takes the reports of all processes into one run."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        """Let pytest's own reporters write into the run's folder."""
        self.run = run
        self._others_failed = False
        _name_files(config, run)

    def pytest_report_header(self) -> list[str]:
        """Show what the run is about before it judges anything."""
        return header(self.run)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep that a file could not be collected: its checks are missing."""
        if report.failed:
            line = str(report.longrepr).strip().splitlines()[-1]
            cause = line.removeprefix("E").strip()
            self.run.add_note(
                f"{report.nodeid or 'A file'} was not collected: {cause}",
                complete=False,
            )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Record the start, to detect a test that never ends."""
        self.run.test_started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the finding and the observations that the report carries."""
        content = getattr(report, "conformance", None)
        if content:
            self.run.add_report(content)
        if report.when == "teardown":
            self.run.test_ended(report.nodeid)
        if report.failed and "criterion" not in dict(report.user_properties):
            self._others_failed = True

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Note that the run was interrupted and is incomplete."""
        why = str(excinfo.value) or "stopped by Ctrl-C"
        self.run.add_note(f"The run was interrupted: {why}.", complete=False)

    def pytest_internalerror(self, excrepr: object) -> None:
        """Note that the run broke and is incomplete."""
        line = str(excrepr).strip().splitlines()[-1]
        self.run.add_note(f"The run itself failed: {line}", complete=False)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note a lost worker, whose findings are lost with it."""
        if error:
            worker = node.gateway.id
            self.run.add_note(f"Worker {worker} was lost: {error}", complete=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """End the run and set its exit status before any reporter writes."""
        self.run.end()
        session.exitstatus = self._exit_status(session)
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """End with the criteria, failures first."""
        terminal.summary(terminalreporter, self.run)

    def pytest_unconfigure(self) -> None:
        """Seal the folder once every reporter has written its file."""
        self.run.seal()

    def _exit_status(self, session: pytest.Session) -> int:
        if session.exitstatus not in _JUDGED:
            return int(session.exitstatus)
        if not self.run.complete or self._others_failed:
            return int(pytest.ExitCode.TESTS_FAILED)
        return exit_status(self.run.findings)


def _name_files(config: pytest.Config, run: Run) -> None:
    if not hasattr(config.option, "htmlpath"):
        run.add_note("The plugin pytest-html is off: there is no report.html.")
    else:
        config.pluginmanager.register(log.Log(run), "conformance log")
        if not config.option.htmlpath:
            config.option.htmlpath = str(run.folder / "report.html")
            config.option.self_contained_html = True
    if not hasattr(config.option, "xmlpath"):
        run.add_note("The plugin junitxml is off: there is no junit.xml.")
    elif not config.option.xmlpath:
        config.option.xmlpath = str(run.folder / "junit.xml")
