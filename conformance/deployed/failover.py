"""Failover records of Route 53, and the health checks that they rest on."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.failover import PRIMARY
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.health_checks import HEALTHY, HealthChecks
from conformance.model.errors import NotAssessedError, NotUnderstoodError

UNGUARDED = "no health check"
Record = Mapping[str, Any]


class DeployedFailover:
    """The Route 53 records of the declared name, the same for all regions."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know which name; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._declared = declared.failover
        self._checks = HealthChecks(facts, region)

    @property
    def records(self) -> Mapping[str, str]:
        """The record target by role; empty if there is none."""
        return {role: _leads_to(record) for role, record in self._record_sets.items()}

    @prefetched
    def watched(self) -> Mapping[str, str]:
        """The host or alarm that decides about each role that has a health check.

        A secondary may do without: Route 53 then answers with it whenever the primary
        is unhealthy (botocore, ResourceRecordSet, Failover).
        """
        wanted = self._declared.watched(self._facts.environment.regions)
        found = {
            role: self._watched(record, wanted.get(role, _leads_to(record)))
            for role, record in self._record_sets.items()
        }
        return {
            role: watched
            for role, watched in found.items()
            if role == PRIMARY or watched != UNGUARDED
        }

    @prefetched
    def health(self) -> Mapping[str, str]:
        """The health of each role that has a health check."""
        return {
            role: self._health(record)
            for role, record in self._record_sets.items()
            if role == PRIMARY or self._guards(record)
        }

    @prefetched
    def _record_sets(self) -> Mapping[str, Record]:
        """The failover records of the declared name and type, by role, sorted."""
        return dict(
            sorted(
                (
                    (record["Failover"], record)
                    for record in self._listed
                    # Failover is present on failover records alone.
                    if "Failover" in record and self._is_declared(record)
                ),
                key=itemgetter(0),
            )
        )

    @property
    def _listed(self) -> list[Record]:
        zone = self._zone
        if zone is None:
            return []
        answer = self._read("ListResourceRecordSets", HostedZoneId=zone)
        return list(answer["ResourceRecordSets"])

    @property
    def _zone(self) -> str | None:
        """The id of the declared zone; None if there is none.

        Raises:
            NotAssessedError: several zones have the name, and no id is declared.
        """
        zones = self._read("ListHostedZones")["HostedZones"]
        if self._declared.zone_id:
            wanted = [zone for zone in zones if _id(zone) == self._declared.zone_id]
        else:
            name = f"{self._declared.zone}."
            wanted = [zone for zone in zones if zone["Name"] == name]
        if len(wanted) > 1:
            told = ", ".join(f"{_id(zone)} ({_kind(zone)})" for zone in wanted)
            raise NotAssessedError(
                f"{len(wanted)} zones are named {self._declared.zone}: {told}; declare "
                "failover.zone_id"
            )
        return str(wanted[0]["Id"]) if wanted else None

    def _is_declared(self, record: Record) -> bool:
        return (_name(record["Name"]), record["Type"]) == (
            self._declared.record,
            self._declared.type,
        )

    def _guards(self, record: Record) -> list[str]:
        """Return what decides about a record: health checks, or `target` of an alias.

        HealthCheckId is absent where there is no check, AliasTarget on other records.
        """
        checks = [record["HealthCheckId"]] if "HealthCheckId" in record else []
        alias = record.get("AliasTarget")
        if not alias or not alias["EvaluateTargetHealth"]:
            return checks
        behind = self._behind(record)
        return checks + (["target"] if behind is None else self._guards(behind))

    def _behind(self, record: Record) -> Record | None:
        """Return the record of the same zone that an alias leads to, if it is one."""
        alias = record["AliasTarget"]
        if alias["HostedZoneId"] != str(self._zone).rpartition("/")[2]:
            return None
        wanted = _name(alias["DNSName"]), record["Type"]
        return next(
            (
                other
                for other in self._listed
                if (_name(other["Name"]), other["Type"]) == wanted and other != record
            ),
            None,
        )

    def _watched(self, record: Record, wanted: str) -> str:
        found = [
            _leads_to(record)
            if guard == "target"
            else self._checks.watched(guard, wanted)
            for guard in self._guards(record)
        ]
        if wanted in found:
            return wanted
        return ", ".join(found) or UNGUARDED

    def _health(self, record: Record) -> str:
        guards = self._guards(record)
        found = [self._checks.health(guard) for guard in guards if guard != "target"]
        bad = [health for health in found if health != HEALTHY]
        if bad or not guards:
            return "; ".join(bad) or UNGUARDED
        if "target" in guards:
            target = _leads_to(record)
            raise NotUnderstoodError(
                f"Route 53 tells no health of {target}, which an alias leads to",
            )
        return HEALTHY

    def _read(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._facts.read("route53", self._region, operation, **parameters)


def _id(zone: Record) -> str:
    return str(zone["Id"]).rpartition("/")[2]


def _kind(zone: Record) -> str:
    # Config is absent unless it was given: the zone is then public.
    return "private" if zone.get("Config", {}).get("PrivateZone") else "public"


def _name(text: str) -> str:
    return text.rstrip(".").lower()


def _leads_to(record: Record) -> str:
    """Return the record's value, or the target of an alias.

    Route 53's console writes `dualstack.` before the name of a load balancer.
    """
    if "AliasTarget" in record:
        return _name(record["AliasTarget"]["DNSName"]).removeprefix("dualstack.")
    values = [entry["Value"].rstrip(".") for entry in record["ResourceRecords"]]
    return ", ".join(sorted(values))
