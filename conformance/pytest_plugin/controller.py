"""The side of a run that all reports come to: it keeps the evidence and the verdict."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.probes import backups
from conformance.probes.items import require_writable, sweep
from conformance.pytest_plugin.dry_run import rehearsal
from conformance.report import html as log
from conformance.report import terminal
from conformance.run.run_folder import Run
from conformance.run.session import Suite
from conformance.run.standin_process import StandinProcess, provisioned_standin
from conformance.run.verdict import exit_status

_JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


class Controller:
    """A pytest plugin for one run that asks AWS, or what stands for it."""

    def __init__(self, config: pytest.Config, suite: Suite) -> None:
        """Open the environment, unless a plan is reviewed, which asks nobody.

        Nothing is left behind if that fails.

        Raises:
            BadInputError: as `connect`; or the stand-in does not start.
        """
        self._config = config
        self._suite = suite
        self._standin: StandinProcess | None = None
        self._others_failed = False
        try:
            if not suite.plan:
                self._open()
        except BaseException:
            self._stop_standin()
            raise
        self.run = Run(suite, config.option.evidence)
        suite.folder = self.run.folder
        self.run.observed(suite.recorder.drain())
        for limit in suite.plan.limits if suite.plan else ():
            self.run.remark(limit)
        _name_files(config, self.run)

    def _open(self) -> None:
        suite = self._suite
        if suite.environment.standin:
            schemas = self._config.option.schemas
            self._standin = provisioned_standin(suite.environment, schemas)
            suite.environment = replace(
                suite.environment, endpoint_url=self._standin.endpoint
            )
        suite.open()

    def _stop_standin(self) -> None:
        if self._standin:
            self._standin.stop()

    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the stand-in is."""
        if self._standin:
            node.workerinput["endpoint"] = self._suite.environment.endpoint_url

    def pytest_report_header(self) -> list[str]:
        """Name the ground before anything is judged on it."""
        return terminal.header(self.run)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Of a dry run, say what would be done, and do nothing."""
        if not self._config.option.dry_run:
            return None
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        for line in rehearsal(self._suite, session.items):
            reporter.write_line(line)
        self.run.remark("A dry run: no check was made.")
        return True

    def pytest_sessionstart(self) -> None:
        """Remove what an earlier run may have left."""
        if self._config.option.dry_run:
            return
        self._sweep("before")
        self._sweep_backups()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test that starts must end."""
        self.run.test_started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the test tells."""
        told = getattr(report, "conformance", None)
        if told:
            self.run.told(told)
        if report.when == "teardown":
            self.run.test_ended(report.nodeid)
        if report.failed and "criterion" not in dict(report.user_properties):
            self._others_failed = True

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """An interrupted run is no complete one."""
        why = str(excinfo.value) or "stopped by Ctrl-C"
        self.run.remark(f"The run was interrupted: {why}.", complete=False)

    def pytest_internalerror(self, excrepr: object) -> None:
        """A run that broke is no complete one."""
        line = str(excrepr).strip().splitlines()[-1]
        self.run.remark(f"The run itself failed: {line}", complete=False)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A lost worker takes findings with it."""
        if error:
            worker = node.gateway.id
            self.run.remark(f"Worker {worker} was lost: {error}", complete=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Clean up, judge, and write the evidence before anybody reports on it."""
        if not self._config.option.dry_run:
            self._sweep("after")
        self.run.observed(self._suite.recorder.drain())
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
        self._stop_standin()

    def _exit_status(self, session: pytest.Session) -> int:
        if session.exitstatus not in _JUDGED:
            return int(session.exitstatus)
        if not self.run.complete or self._others_failed:
            return int(pytest.ExitCode.TESTS_FAILED)
        return exit_status(self.run.findings)

    def _sweep(self, when: str) -> None:
        """Remove pool items wherever this run may write; say what was found."""
        suite = self._suite
        if "data" not in suite.environment.allows or suite.deployed is None:
            return
        for region in suite.deployed.regions.values():
            for name, declared in suite.declared.tables.items():
                deployed = region.tables[name]
                accepted = suite.environment.consumers_accepted
                try:
                    require_writable(declared, deployed, accepted)
                    assert suite.clients is not None  # noqa: S101 -- opened with deployed
                    found = sweep(suite.clients, declared, deployed)
                except (NotAssessedError, UnreadableError):
                    continue  # the checks of this table say why
                if found:
                    self.run.remark(
                        f"{found} test items were found in {deployed.name} "
                        f"({deployed.region}) {when} the run, and removed."
                    )

    def _sweep_backups(self) -> None:
        """Remove on-demand backups that an earlier run left; say what was found."""
        suite = self._suite
        if "backup" not in suite.environment.allows or suite.deployed is None:
            return
        for region in suite.deployed.regions.values():
            for deployed in region.tables.values():
                try:
                    assert suite.clients is not None  # noqa: S101 -- opened with deployed
                    found = backups.sweep(suite.clients, deployed)
                except UnreadableError:
                    continue  # the checks of this table say why
                if found:
                    self.run.remark(
                        f"{found} backups of ours were found for {deployed.name} "
                        f"({deployed.region}) before the run, and removed."
                    )


def _name_files(config: pytest.Config, run: Run) -> None:
    """Let pytest's own reporters write into the run's folder."""
    if not config.option.htmlpath:
        config.option.htmlpath = str(run.folder / "report.html")
        config.option.self_contained_html = True
    if not config.option.xmlpath:
        config.option.xmlpath = str(run.folder / "junit.xml")
    config.pluginmanager.register(log.Log(run), "conformance log")
