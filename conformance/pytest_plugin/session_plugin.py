"""The pytest plugin of a run with an open session: clean-up, dry runs, workers."""

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.probes import backups
from conformance.probes.items import require_writable
from conformance.probes.leftover_items import sweep
from conformance.pytest_plugin.dry_run import dry_run_lines
from conformance.pytest_plugin.stash import PREVIOUS
from conformance.run.run_folder import Run
from conformance.run.session import Session


class SessionPlugin:
    """A pytest plugin for the process that opened the environment first."""

    def __init__(self, config: pytest.Config, session: Session, run: Run) -> None:
        """Keep what was observed while the session was opened."""
        self._config = config
        self._session = session
        self._run = run
        self._keep_observations()
        replay = session.inputs.replay
        self._sweeps = not (config.option.dry_run or replay)
        if replay:
            run.add_note(
                f"A replay of {replay.file}, recorded {replay.made_at:%Y-%m-%d %H:%M}Z:"
                " AWS is not asked, and no gate accepts it."
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the stand-in is."""
        if self._session.standin:
            node.workerinput["endpoint"] = self._session.standin.endpoint

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Write what a drill would do instead of running it if `--dry-run` asks so."""
        if not self._config.option.dry_run:
            return None
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        for line in dry_run_lines(self._session, session.items):
            reporter.write_line(line)
        self._run.add_note("A dry run: no check was made.")
        return True

    def pytest_sessionstart(self) -> None:
        """Remove what an earlier run may have left."""
        if self._sweeps:
            self._sweep_items("before")
            self._sweep_backups()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        """Clean up before the controller ends the run, which is a wrapper, too."""
        if self._sweeps:
            self._sweep_items("after")
        self._keep_observations()
        if self._config.option.record:
            previous = self._config.stash.get(PREVIOUS, None)
            recording = self._session.recording(
                previous.recording if previous else None
            )
            recording.save(self._config.option.record)
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Close the session."""
        self._session.close()

    def _keep_observations(self) -> None:
        self._run.add_observations(self._session.recorder.drain())

    def _sweep_items(self, when: str) -> None:
        """Remove test items wherever this run may write, and note how many."""
        session, environment = self._session, self._session.environment
        if "data" not in environment.allows:
            return
        for region in session.deployed.regions.values():
            for name, declared in session.declared.tables.items():
                deployed = region.tables[name]
                accepted = environment.consumers_accepted
                try:
                    require_writable(declared, deployed, accepted)
                    count = sweep(session.clients, declared, deployed)
                except (NotAssessedError, UnreadableError):
                    continue  # the checks of this table say why
                if count:
                    self._run.add_note(
                        f"{count} test items were found in {deployed.name} "
                        f"({deployed.region}) {when} the run, and removed."
                    )

    def _sweep_backups(self) -> None:
        """Remove on-demand backups that an earlier run left, and note how many."""
        session = self._session
        if "backup" not in session.environment.allows:
            return
        for region in session.deployed.regions.values():
            for deployed in region.tables.values():
                try:
                    count = backups.sweep(session.clients, deployed)
                except UnreadableError:
                    continue  # the checks of this table say why
                if count:
                    self._run.add_note(
                        f"{count} backups of ours were found for {deployed.name} "
                        f"({deployed.region}) before the run, and removed."
                    )
