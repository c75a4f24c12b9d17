"""The dashboard of the environment, and what of the plan's list it shows."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from conformance.aws.client import AwsError
from conformance.config.declared import Declared
from conformance.config.declared.monitoring import Widget as Wanted
from conformance.deployed.alarms import DeployedAlarms
from conformance.deployed.facts import Facts, prefetched
from conformance.model.cloudwatch.alarm import Alarm
from conformance.model.cloudwatch.dashboard import Widget, unknown_settings, widgets
from conformance.model.cloudwatch.dashboard_grammar import understood
from conformance.model.cloudwatch.dashboard_rows import Place, Unclear
from conformance.model.cloudwatch.metrics import Metric
from conformance.model.errors import NotAssessedError, NotUnderstoodError

COMPLETE = "complete"
MISSING = "MISSING"
_INDEX = "GlobalSecondaryIndexName"


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
            NotAssessedError: there is no dashboard.
            NotUnderstoodError: something that is not understood may show what lacks,
                or change all that is shown.
        """
        body = self._body
        if body is None:
            raise NotAssessedError("dashboard missing (MON-5)")
        if settings := list(unknown_settings(body, self._here)):
            what = ", ".join(settings)
            raise NotUnderstoodError(f"{what} may change what the dashboard shows")
        there = widgets(body, self._here)
        shown = {
            item.item: self._state(item, there)
            for item in self._declared.monitoring.widgets
        }
        self._require_understood(shown, there)
        return shown

    def _require_understood(
        self, shown: Mapping[str, str], there: list[Widget]
    ) -> None:
        """Raise NotUnderstoodError if all that lacks may be shown by something."""
        unclear = [some for widget in there for some in widget.unclear]
        doubts = {
            item.item: some.text
            for item in self._declared.monitoring.widgets
            if shown[item.item] != COMPLETE
            for some in unclear
            if _may_show(some, item)
        }
        lacking = {item for item, state in shown.items() if state != COMPLETE}
        if lacking and lacking == set(doubts):
            text = "; ".join(f"{item}: {doubts[item]}" for item in sorted(doubts))
            raise NotUnderstoodError(
                f"{text}: may show what lacks, which is not understood; name the "
                "metrics instead",
            )

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
        found = {
            metric
            for metric in self._metrics(there)
            if metric.namespace == wanted.namespace
        }
        choices = [
            _lacking(sorted(self._without(wanted, choice, found)))
            for choice in wanted.choices
        ]
        ended = sorted({widget.end for widget in there if self._ended(widget)})
        past = (
            f" (widgets that end at {', '.join(ended)} do not count)" if ended else ""
        )
        return COMPLETE if COMPLETE in choices else f"{choices[0]}{past}"

    def _metrics(self, there: list[Widget]) -> Iterator[Metric]:
        """Yield the metrics of this account and region that widgets show up to now."""
        for widget in there:
            if self._ended(widget):
                continue
            yield from (metric for at, metric in widget.metrics if at == self._here)
            for alarm in self._named(widget.alarms):
                yield from alarm.mentioned

    def _named(self, arns: frozenset[str]) -> Iterator[Alarm]:
        """Yield the alarms of this account and region with these ARNs."""
        alarms = self._alarms.everyone.values() if arns else ()
        return (alarm for alarm in alarms if alarm.arn in arns)

    def _ended(self, widget: Widget) -> bool:
        if not widget.end:
            return False
        try:
            return widget.ended(self._now)
        except ValueError:
            raise NotUnderstoodError(f"the end {widget.end} of a widget") from None

    @property
    def _now(self) -> datetime:
        """The time by AWS's clock."""
        name = self._declared.monitoring.dashboard
        return self._facts.answered_at(
            "cloudwatch", self._region, "GetDashboard", DashboardName=name
        )

    @property
    def _here(self) -> Place:
        return Place(self._facts.environment.account, self._region)

    def _without(
        self, wanted: Wanted, names: tuple[str, ...], found: set[Metric]
    ) -> Iterator[str]:
        """Yield what no metric that can have data shows of one choice."""
        for name in names:
            good = [
                metric
                for metric in found
                if metric.name == name and self._has_data(metric)
            ]
            for label, where in self._places(wanted.per):
                if not any(_is_of(metric, where) for metric in good):
                    yield f"{label} {name}".strip()

    def _has_data(self, metric: Metric) -> bool:
        return not metric.defect or self._alarms.published(metric)

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
        arns = frozenset(arn for widget in there for arn in widget.alarms)
        watched = {
            metric.where.get("TableName")
            for alarm in self._named(arns)
            for metric in alarm.mentioned
        }
        says = [widget.text for widget in there]
        return [
            table
            for table in self._tables
            if table not in watched and not any(_says(text, table) for text in says)
        ]

    @property
    def _tables(self) -> list[str]:
        return sorted(map(self._facts.environment.physical, self._declared.tables))


def _lacking(what: list[str]) -> str:
    return f"without {', '.join(what)}" if what else COMPLETE


def _is_of(metric: Metric, where: Mapping[str, str]) -> bool:
    """Return True if it is a metric of this place, and not of an index alone."""
    return where.items() <= metric.where.items() and _INDEX not in metric.where


def _says(text: str, table: str) -> bool:
    """Return True if a text names the table, and not only one with a longer name."""
    return bool(re.search(rf"(?<![\w.-]){re.escape(table)}(?![\w-]|\.\w)", text))


def _may_show(unclear: Unclear, wanted: Wanted) -> bool:
    """Return True if something that is not understood may show a declared item."""
    if not wanted.choices:
        return unclear.is_widget
    namespaces = set(re.findall(r"AWS/\w+", unclear.text))
    if namespaces and wanted.namespace not in namespaces:
        return False
    names = [name for choice in wanted.choices for name in choice]
    return not unclear.by_name or any(name in unclear.text for name in names)
