"""The suite as a pytest plugin: options, collection, and findings in reports."""

import signal
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.aws.recorder import collecting
from conformance.config.declared import SCHEMAS
from conformance.config.environment import load_environment
from conformance.model.errors import BadInputError, NotAssessedError
from conformance.model.finding import Outcome
from conformance.pytest_plugin.controller import Controller
from conformance.pytest_plugin.options import refuse_misleading
from conformance.pytest_plugin.session_plugin import SessionPlugin
from conformance.pytest_plugin.stash import INPUTS, SESSION, open_once
from conformance.pytest_plugin.subject_fixtures import subjects
from conformance.run.findings import (
    COMPARED,
    OBSERVATIONS,
    criterion_of,
    finding_of,
    in_words,
    subject_of,
)
from conformance.run.inputs import Inputs, load_inputs
from conformance.run.ledger import text_of
from conformance.run.run_folder import Run

_ASK_NOBODY = {"contract", "selftest"}
_SKIPPED = {Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("conformance", "DynamoDB promotion")
    _add_targets(group)
    _add_files(group)


def _add_targets(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--env",
        default="local",
        metavar="ENV",
        help="environment to judge: a name in promotion/environments or a TOML file",
    )
    group.addoption(
        "--phase",
        choices=["pre"],
        default="",
        help="pre: before a first deployment to prod, what that gate asks of AWS",
    )
    group.addoption(
        "--dry-run",
        action="store_true",
        help="with -m dr: say what would be made, how long it takes and what it needs",
    )
    group.addoption(
        "--plan",
        type=Path,
        metavar="FILE",
        help="review this Terraform plan (terraform show -json), and ask nobody",
    )


def _add_files(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--record",
        type=Path,
        metavar="FILE",
        help="keep what AWS answers in this new file: no items, no secrets",
    )
    group.addoption(
        "--replay",
        type=Path,
        metavar="FILE",
        help="judge a file of --record again, at its time; AWS is not asked",
    )
    group.addoption(
        "--schemas",
        default=SCHEMAS,
        type=Path,
        metavar="FILE",
        help="the contract (default: schemas.json)",
    )
    group.addoption(
        "--evidence",
        default=Path("evidence"),
        type=Path,
        metavar="DIR",
        help="where run folders go (default: evidence)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the files and, for a run that asks AWS, open the environment."""
    if config.option.help:
        return
    try:
        config.stash[INPUTS] = _inputs(config)
        if _judges(config):
            config.pluginmanager.register(_AssertionListener())
        if hasattr(config, "workerinput"):
            return
        refuse_misleading(config)
        if _judges(config) and not config.option.collectonly:
            _start_run(config)
    except BadInputError as problem:
        raise pytest.UsageError(str(problem)) from None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)


def _judges(config: pytest.Config) -> bool:
    """Return True if the run judges an environment and leaves evidence."""
    return bool(config.option.plan) or config.option.markexpr not in _ASK_NOBODY


def _stop(signum: int, _: object) -> None:
    """End like Ctrl-C does: fixtures clean up, evidence is written."""
    raise KeyboardInterrupt(f"stopped by {signal.Signals(signum).name}")


def _inputs(config: pytest.Config) -> Inputs:
    workerinput: dict[str, Any] = getattr(config, "workerinput", {})
    environment = load_environment(config.option.env)
    if "endpoint" in workerinput:
        environment = replace(environment, endpoint_url=workerinput["endpoint"])
    options = config.option
    return load_inputs(environment, options.schemas, options.plan, options.replay)


def _start_run(config: pytest.Config) -> None:
    """Open the environment, unless a Terraform plan is reviewed, and keep evidence."""
    evidence, plan = config.option.evidence, config.stash[INPUTS].terraform_plan
    if plan:
        run = Run(config.stash[INPUTS], evidence)
        for limit in plan.limits:
            run.add_note(limit)
    else:
        session = open_once(config)
        run = Run(session.inputs, evidence, session.target)
        plugin = SessionPlugin(config, session, run)
        config.pluginmanager.register(plugin, "conformance session")
    config.pluginmanager.register(Controller(config, run), "controller")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite's own tests alone, and those of the contract in other runs.

    Those of the contract import hypothesis, which takes a second that no check needs.
    """
    if collection_path.parent != config.rootpath / "tests":
        return None
    asked = config.option.markexpr
    ours = collection_path.name == "selftest" and "selftest" not in asked
    about_aws = bool(asked) and set(asked.split()) <= {"live", "dr", "or"}
    others = collection_path.name == "contract" and about_aws
    return True if ours or others else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark each test by its folder: contract, live, dr or selftest."""
    folders = item.path.relative_to(item.config.rootpath).parts
    if folders[0] == "tests":
        item.add_marker(folders[1])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each check for each of its subjects."""
    if "subject" not in metafunc.fixturenames:
        return
    inputs = metafunc.config.stash[INPUTS]
    marker = metafunc.definition.get_closest_marker("criterion")
    regions = inputs.environment.regions if marker else ("",)
    about = subjects(inputs.declared, metafunc.fixturenames, regions)
    prefix = [marker.args[0]] if marker else []
    ids = ["-".join([*prefix, subject.id]) for subject in about]
    metafunc.parametrize("subject", about, ids=ids, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect what scope, phase or `--plan` do not name, such as replicas."""
    inputs = config.stash[INPUTS]
    phase = config.option.phase
    outside = [item for item in items if not _in_scope(item, inputs, phase)]
    if outside:
        config.hook.pytest_deselected(items=outside)
        items[:] = [item for item in items if item not in set(outside)]


def _in_scope(item: pytest.Item, inputs: Inputs, phase: str) -> bool:
    criterion = criterion_of(item)
    if criterion is None:
        return inputs.terraform_plan is None
    if criterion not in inputs.catalogue:
        raise pytest.UsageError(
            f"{item.nodeid}: promotion/criteria.toml has no {criterion}"
        )
    row = inputs.catalogue[criterion]
    if (row.kind == "plan") != (inputs.terraform_plan is not None):
        return False
    now = f"prod-{phase}" in row.gates if phase else not row.phase
    return now and inputs.environment.scope(subject_of(item).region) in row.scope


@pytest.hookimpl(optionalhook=True)
def pytest_metadata(metadata: dict[str, Any], config: pytest.Config) -> None:
    """Show in pytest-html what the run is about, not which packages it used."""
    controller = config.pluginmanager.get_plugin("controller")
    metadata.clear()
    if controller:
        metadata.update(
            line.split(": ", 1) for line in controller.pytest_report_header()
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Raise NotAssessedError for a criterion that this target cannot prove."""
    environment = item.config.stash[INPUTS].environment
    reason = environment.cannot_prove.get(criterion_of(item) or "")
    if reason:
        raise NotAssessedError(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Collect the observations of the test while it runs."""
    with collecting() as observations:
        item.stash[OBSERVATIONS] = observations
        return (yield)


class _AssertionListener:
    """A plugin that makes pytest explain comparisons that hold, too.

    Only where checks run: pytest rewrites the assertions of every plugin, and with a
    listener for each of them hypothesis takes ten times as long.
    """

    @staticmethod
    def pytest_assertion_pass() -> None:
        """Exist: pytest calls assertion-pass hooks only if one is registered."""


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Keep what a check compares; write a comparison as two aligned facts."""
    item = config.stash.get(_CURRENT, None)
    if item is None or not criterion_of(item):
        return None
    limit = "" if op == "==" else f"{op} "
    observed, declared = in_words(left), limit + in_words(right)
    item.stash.setdefault(COMPARED, []).append((observed, declared))
    return ["not as declared", f"observed: {observed}", f"declared: {declared}"]


_CURRENT = pytest.StashKey[pytest.Item]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Remember the test whose assertions come now."""
    item.config.stash[_CURRENT] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:
    """Turn the end of a check into a finding that travels with the report."""
    report: Any = yield
    inputs, session = item.config.stash[INPUTS], item.config.stash.get(SESSION, None)
    error = call.excinfo.value if call.excinfo else None
    interrupted = isinstance(error, KeyboardInterrupt | pytest.exit.Exception)
    finding = None
    if criterion_of(item) and not interrupted and (call.when == "call" or error):
        finding = finding_of(item, error, inputs, call.when)
        _set_outcome(report, finding.outcome, finding.reason)
        report.user_properties += [
            ("criterion", finding.criterion),
            ("region", finding.region),
            ("outcome", str(finding.outcome)),
        ]
    elif isinstance(error, AssertionError) and item.get_closest_marker("contract"):
        report.longrepr = str(error).partition("\nassert ")[0]
    observations = session.recorder.drain() if session else []
    report.conformance = text_of(
        {
            "finding": finding.as_json() if finding else None,
            "observations": [asdict(observation) for observation in observations],
        }
    )
    return report  # type: ignore[no-any-return] # as pluggy's wrappers do


def _set_outcome(report: Any, outcome: Outcome, reason: str) -> None:
    """Give the report that outcome of pytest's own which is true of the finding."""
    if outcome in _SKIPPED:
        report.outcome = "skipped"
        report.longrepr = (str(report.location[0]), report.location[1], reason)
    elif outcome is Outcome.WAIVED:
        report.outcome = "skipped"
        report.wasxfail = reason
