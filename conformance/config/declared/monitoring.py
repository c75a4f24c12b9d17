"""The declared alarms, topics and dashboard of CloudWatch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from conformance.config.environment import Environment
from conformance.model.cloudwatch.meaning import Meaning
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric
from conformance.model.errors import BadInputError
from conformance.model.table import Table

Targets = Mapping[str, Metric]
"""Metrics by what they are about, such as `orders/OrdersByDate`."""


@dataclass(frozen=True)
class DeclaredAlarm:
    """A declared alarm for one table or region, and the metrics it must cover."""

    kind: str
    """The name of the alarm in surroundings.toml, such as `read_throttle_events`."""
    table: str
    """Empty for what is counted for the whole region."""
    meaning: Meaning
    topic: str
    """The name or the ARN of the SNS topic that is told."""
    targets: Mapping[str, Targets]
    """The metrics by region."""
    in_window: bool
    """True if the last hours are judged, too."""


@dataclass(frozen=True)
class Widget:
    """A declared widget of the dashboard, for one item of the promotion plan's list."""

    item: str
    kinds: frozenset[str]
    """Types of widget that may show it."""
    choices: tuple[tuple[str, ...], ...]
    """Metric names; all of one choice are to be shown. None: the tables' status."""
    namespace: str
    per: str


@dataclass(frozen=True)
class Monitoring:
    """The section `monitoring` of surroundings.toml."""

    alarms: Mapping[str, DeclaredAlarm]
    """Alarms by kind, or by `table/kind`."""
    topics: Mapping[str, str]
    """Names or ARNs of topics by role."""
    placeholders: tuple[str, ...]
    dashboard: str
    widgets: tuple[Widget, ...]
    available: frozenset[str]
    """Metrics that CloudWatch must have of each table."""
    window: timedelta
    vault: str

    def is_placeholder(self, address: str) -> bool:
        """Return True if the address reaches nobody."""
        return any(
            fnmatchcase(address.lower(), placeholder)
            for placeholder in self.placeholders
        )

    @property
    def alarm_topics(self) -> Mapping[str, str]:
        """The topics that an alarm tells, by role."""
        used = {alarm.topic for alarm in self.alarms.values()}
        return {role: topic for role, topic in self.topics.items() if topic in used}

    @property
    def windowed_alarms(self) -> Mapping[str, DeclaredAlarm]:
        """The alarms whose metrics are judged over the last hours."""
        return {name: alarm for name, alarm in self.alarms.items() if alarm.in_window}


def topic_arn(topic: str, region: str, account: str) -> str:
    """Return the ARN that a declared topic has in a region, for alarms of an account.

    A name stands for a topic of the account itself.
    """
    if topic.startswith("arn:"):
        return topic.replace("{region}", region)
    return f"arn:aws:sns:{region}:{account}:{topic}"


def declared_monitoring(
    surroundings: dict[str, Any], environment: Environment, tables: Mapping[str, Table]
) -> Monitoring:
    """Read the section as it applies to the environment's tables and regions."""
    section = surroundings["monitoring"]
    vault = surroundings["backup"]["vault"]
    return Monitoring(
        alarms=dict(_declared_alarms(section, tables, _Place(environment, vault))),
        topics=section["topics"],
        placeholders=tuple(
            address.lower() for address in section["placeholder_addresses"]
        ),
        dashboard=section["dashboard"]["name"],
        widgets=tuple(_widgets(section["dashboard"]["widgets"], environment)),
        available=frozenset(section["available_metrics"]),
        window=timedelta(hours=section["window_hours"]),
        vault=vault,
    )


def _declared_alarms(
    section: dict[str, Any], tables: Mapping[str, Table], place: "_Place"
) -> Iterator[tuple[str, DeclaredAlarm]]:
    """Each alarm of each table, or of the region, that watches anything here."""
    for kind, entry in sorted(section["alarms"].items()):
        if entry["topic"] not in section["topics"]:
            raise BadInputError(
                f"surroundings.toml: monitoring.alarms.{kind}.topic is "
                f"{entry['topic']!r}; known: {', '.join(section['topics'])}"
            )
        told = entry | {"topic": section["topics"][entry["topic"]]}
        for name in sorted(tables) if entry["per"] in _OF_TABLES else [""]:
            alarm = _declared_alarm(kind, told, tables.get(name), place)
            if any(alarm.targets.values()):
                yield (f"{name}/{kind}" if name else kind), alarm


@dataclass(frozen=True)
class _Place:
    environment: Environment
    vault: str

    def others(self, region: str) -> list[str]:
        return [other for other in self.environment.regions if other != region]


_OF_TABLES = {"table", "index", "operation", "receiving_region"}


def _declared_alarm(
    kind: str, entry: dict[str, Any], table: Table | None, place: _Place
) -> DeclaredAlarm:
    return DeclaredAlarm(
        kind=kind,
        table=table.name if table else "",
        meaning=Meaning(
            statistic=entry["statistic"],
            period_s=entry["period_s"],
            datapoints=entry["datapoints"],
            comparison=entry["comparison"],
            threshold=entry["threshold"],
        ),
        topic=entry["topic"],
        targets={
            region: dict(_targets(entry, table, place, region))
            for region in place.environment.regions
        },
        in_window=entry["in_window"],
    )


def _targets(
    entry: dict[str, Any], table: Table | None, place: _Place, region: str
) -> Iterator[tuple[str, Metric]]:
    for name in entry["metrics"]:
        for label, dimensions in _dimensions(entry, table, place, region):
            said = label if len(entry["metrics"]) == 1 else f"{label} {name}"
            yield said, Metric(entry["namespace"], name, frozenset(dimensions.items()))


def _dimensions(
    entry: dict[str, Any], table: Table | None, place: _Place, region: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each label with its dimensions; the region has none."""
    if table is None:
        of_vault = entry["per"] == "vault"
        yield (
            (place.vault, {"BackupVaultName": place.vault})
            if of_vault
            else ("account and region", {})
        )
        return
    of_table = {"TableName": place.environment.physical(table.name)}
    match entry["per"]:
        case "operation":
            for operation in entry["operations"]:
                yield f"{table.name}/{operation}", of_table | {"Operation": operation}
        case "receiving_region":
            for other in place.others(region):
                yield f"{table.name} to {other}", of_table | {"ReceivingRegion": other}
        case per:
            yield table.name, of_table
            for index in sorted(table.indexes) if per == "index" else ():
                named = {"GlobalSecondaryIndexName": index}
                yield f"{table.name}/{index}", of_table | named


def _widgets(
    section: dict[str, dict[str, Any]], environment: Environment
) -> Iterator[Widget]:
    for item, entry in sorted(section.items()):
        if entry["per"] == "receiving_region" and len(environment.regions) == 1:
            continue
        yield Widget(
            item=item,
            kinds=frozenset(entry["kinds"]),
            choices=tuple(tuple(choice) for choice in entry.get("any_of", ())),
            namespace=entry.get("namespace", DYNAMODB),
            per=entry["per"],
        )
