"""Failover records of Route 53, and the health checks that they rest on."""

from collections.abc import Mapping
from typing import Any

from conformance.aws.members import Members
from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.model.errors import NotAssessedError

_HEALTHY_SHARE = 0.18
"""Route 53 takes an endpoint for healthy when more than 18 % of its checkers do.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""
_WITH_CHECKERS = {"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"}
HEALTHY = "healthy"
UNGUARDED = "no health check"


class DeployedFailover:
    """The Route 53 records of the declared name, the same for all regions."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know which name; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._declared = declared.failover

    @property
    def records(self) -> Mapping[str, str]:
        """The record target by role; empty if there is none."""
        return {role: _leads_to(record) for role, record in self._record_sets.items()}

    @prefetched
    def watched(self) -> Mapping[str, str]:
        """The host that the health check of each role requests."""
        return {
            role: self._watched(record) for role, record in self._record_sets.items()
        }

    @prefetched
    def health(self) -> Mapping[str, str]:
        """The status of the health check of each role."""
        return {
            role: self._health(record) for role, record in self._record_sets.items()
        }

    @prefetched
    def _record_sets(self) -> Mapping[str, dict[str, Any]]:
        """The failover records of the declared name and type, by role, sorted."""
        found: dict[str, dict[str, Any]] = {}
        for zone in self._zones:
            answer = self._read("ListResourceRecordSets", HostedZoneId=zone)
            for record_set in answer["ResourceRecordSets"]:
                # Failover is present on failover records alone.
                if "Failover" in record_set and self._is_declared(record_set):
                    found[record_set["Failover"]] = record_set
        return dict(sorted(found.items()))

    @property
    def _zones(self) -> list[str]:
        zones = self._read("ListHostedZones")["HostedZones"]
        name = f"{self._declared.zone}."
        return [zone["Id"] for zone in zones if zone["Name"] == name]

    def _is_declared(self, record: dict[str, Any]) -> bool:
        name = record["Name"].rstrip(".")
        return (name, record["Type"]) == (self._declared.record, self._declared.type)

    def _watched(self, record: dict[str, Any]) -> str:
        config = self._config(record)
        if config is None:
            return UNGUARDED
        # A check names a host, an address, or both; other types name neither.
        return str(
            config.get("FullyQualifiedDomainName")
            or config.get("IPAddress")
            or f"no host ({config['Type']})"
        )

    def _health(self, record: dict[str, Any]) -> str:
        config = self._config(record)
        if config is None:
            return UNGUARDED
        # Route 53 counts a disabled check as healthy; both are absent unless set:
        # https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
        for trick in ("Disabled", "Inverted"):
            if config.get(trick, False):
                return f"{trick.lower()}, and so no proof of health"
        if config["Type"] not in _WITH_CHECKERS:
            raise NotAssessedError(
                f"Route 53 tells no status of a {config['Type']} health check"
            )
        answer = self._read(
            "GetHealthCheckStatus", HealthCheckId=record["HealthCheckId"]
        )
        reports = answer["HealthCheckObservations"]
        if not reports:
            raise NotAssessedError("no checker of Route 53 has reported yet")
        good = [report for report in reports if _succeeded(report)]
        if len(good) > _HEALTHY_SHARE * len(reports):
            return HEALTHY
        return f"unhealthy ({len(good)} of {len(reports)} checkers succeed)"

    def _config(self, record: dict[str, Any]) -> Members | None:
        # HealthCheckId is absent on a record that nothing guards.
        if "HealthCheckId" not in record:
            return None
        answer = self._read("GetHealthCheck", HealthCheckId=record["HealthCheckId"])
        return Members(answer["HealthCheck"]["HealthCheckConfig"])

    def _read(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._facts.read("route53", self._region, operation, **parameters)


def _succeeded(report: dict[str, Any]) -> bool:
    return str(report["StatusReport"]["Status"]).startswith("Success")


def _leads_to(record: dict[str, Any]) -> str:
    """Return the record's value, or the target of an alias."""
    if "AliasTarget" in record:
        return str(record["AliasTarget"]["DNSName"]).rstrip(".")
    values = [entry["Value"].rstrip(".") for entry in record["ResourceRecords"]]
    return ", ".join(sorted(values))
