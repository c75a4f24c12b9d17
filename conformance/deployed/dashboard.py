"""The dashboard of the environment, and what of the plan's list it shows."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.aws.client import AwsError
from conformance.config.declared import Declared
from conformance.config.declared.monitoring import Widget as Wanted
from conformance.deployed.alarms import DeployedAlarms
from conformance.deployed.facts import Facts, prefetched
from conformance.model.cloudwatch.dashboard import Widget, widgets
from conformance.model.cloudwatch.dashboard_grammar import understood
from conformance.model.cloudwatch.metrics import Metric
from conformance.model.errors import NotAssessedError

COMPLETE = "complete"
MISSING = "MISSING"


class DeployedDashboard:
    """The declared dashboard, as CloudWatch describes it."""

    def __init__(
        self, facts: Facts, region: str, declared: Declared, alarms: DeployedAlarms
    ) -> None:
        """Know its name; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._declared = declared
        self._alarms = alarms

    @prefetched
    def name(self) -> str:
        """The dashboard's name, or `MISSING`."""
        return MISSING if self._body is None else self._declared.monitoring.dashboard

    @property
    def shown(self) -> Mapping[str, str]:
        """The completeness of each item of the declared list.

        Raises:
            NotAssessedError: there is no dashboard; or nobody knows what it finds.
        """
        body = self._body
        if body is None:
            raise NotAssessedError("dashboard missing (MON-5)")
        there = widgets(body, self._region)
        items = self._declared.monitoring.widgets
        shown = {item.item: self._state(item, there) for item in items}
        lacking = {item for item, state in shown.items() if state != COMPLETE}
        unknown = [search for widget in there for search in widget.searches]
        if lacking and unknown:
            raise NotAssessedError(
                f"{', '.join(sorted(lacking))}: may be found by {unknown[0]}, which is "
                "not understood; name the metrics instead"
            )
        return shown

    @property
    def _body(self) -> Mapping[str, Any] | None:
        """The document of the dashboard; None where there is none."""
        name = self._declared.monitoring.dashboard
        try:
            answer = self._facts.read(
                "cloudwatch", self._region, "GetDashboard", DashboardName=name
            )
        except AwsError as problem:
            if problem.code not in ("ResourceNotFound", "DashboardNotFoundError"):
                raise
            return None
        return understood(answer.embedded("DashboardBody"))

    def _state(self, wanted: Wanted, there: list[Widget]) -> str:
        there = [widget for widget in there if widget.kind in wanted.kinds]
        if not wanted.choices:
            return _lacking(self._without_status(there))
        shown = {
            metric
            for widget in there
            for at, metric in widget.metrics
            if self._here(at)
        }
        found = {metric for metric in shown if metric.namespace == wanted.namespace}
        choices = [
            _lacking(sorted(self._without(wanted, choice, found)))
            for choice in wanted.choices
        ]
        return COMPLETE if COMPLETE in choices else choices[0]

    def _here(self, region: str) -> bool:
        return region == self._region

    def _without(
        self, wanted: Wanted, names: tuple[str, ...], found: set[Metric]
    ) -> Iterator[str]:
        """Yield what no metric that can have data shows of one choice."""
        for name in names:
            good = [
                metric for metric in found if metric.name == name and not metric.defect
            ]
            for label, where in self._places(wanted.per):
                if not any(where.items() <= metric.where.items() for metric in good):
                    yield f"{label} {name}".strip()

    def _places(self, per: str) -> Iterator[tuple[str, dict[str, str]]]:
        if per == "vault":
            yield "", {"BackupVaultName": self._declared.monitoring.vault}
        elif per == "region":
            yield "", {}
        else:
            regions = self._facts.environment.regions
            others = [region for region in regions if region != self._region]
            for table in self._tables:
                of_table = {"TableName": table}
                if per == "table":
                    yield table, of_table
                    continue
                for other in others:
                    yield f"{table} to {other}", of_table | {"ReceivingRegion": other}

    def _without_status(self, there: list[Widget]) -> list[str]:
        """Tables whose status no alarm, text or custom widget shows."""
        arns = {arn for widget in there for arn in widget.alarms}
        alarms = self._alarms.everyone.values() if arns else ()
        watched = {
            metric.where.get("TableName")
            for alarm in alarms
            if alarm.arn in arns
            for metric in alarm.mentioned
        }
        says = [widget.text for widget in there]
        return [
            table
            for table in self._tables
            if table not in watched and not any(table in text for text in says)
        ]

    @property
    def _tables(self) -> list[str]:
        return sorted(map(self._facts.environment.physical, self._declared.tables))


def _lacking(what: list[str]) -> str:
    return f"without {', '.join(what)}" if what else COMPLETE
