"""Failover records and health checks that are wrong fail at DRX-3."""

import pytest

from tests.selftest.twin_env import Suite, Twin

HERE, THERE = "af-south-1", "eu-west-1"
RECORDS, WATCHED, HEALTH = (
    "test_failover_records_lead_to_both_regions",
    "test_health_checks_watch_what_the_records_lead_to",
    "test_health_checks_are_healthy",
)


class Zone:
    """The hosted zone of a twin, to be broken."""

    def __init__(self, twin):
        """Find what was deployed."""
        self.route53 = twin.client("route53", HERE)
        (zone,) = self.route53.list_hosted_zones()["HostedZones"]
        self.id = zone["Id"]
        answer = self.route53.list_resource_record_sets(HostedZoneId=self.id)
        self.records = {
            it["Failover"]: it
            for it in answer["ResourceRecordSets"]
            if "Failover" in it
        }

    def change(self, action, record):
        """One change of a record."""
        change = {"Action": action, "ResourceRecordSet": record}
        self.route53.change_resource_record_sets(
            HostedZoneId=self.id, ChangeBatch={"Changes": [change]}
        )

    def alter(self, role, **members):
        """Give a role's record other members; None takes one away."""
        altered = self.records[role] | members
        kept = {name: it for name, it in altered.items() if it is not None}
        self.change("UPSERT", kept)

    def check(self, role):
        """The id of a role's health check."""
        return self.records[role]["HealthCheckId"]


def _without_secondary(zone):
    zone.change("DELETE", zone.records["SECONDARY"])


def _secondary_leads_to_the_primary(zone):
    zone.alter("SECONDARY", ResourceRecords=zone.records["PRIMARY"]["ResourceRecords"])


def _unguarded(zone):
    zone.alter("PRIMARY", HealthCheckId=None)


def _watches_the_other_region(zone):
    zone.alter("SECONDARY", HealthCheckId=zone.check("PRIMARY"))


def _disabled(zone):
    zone.route53.update_health_check(HealthCheckId=zone.check("PRIMARY"), Disabled=True)


def _inverted(zone):
    zone.route53.update_health_check(
        HealthCheckId=zone.check("SECONDARY"), Inverted=True
    )


# How it is broken, the checks that FAIL, and what one of them observes.
BROKEN = {
    "secondary missing": (
        _without_secondary,
        {RECORDS, WATCHED, HEALTH},
        "PRIMARY: healthy",
    ),
    "secondary leads to the primary region": (
        _secondary_leads_to_the_primary,
        {RECORDS},
        "PRIMARY: {primary}, SECONDARY: {primary}",
    ),
    "no health check": (
        _unguarded,
        {WATCHED, HEALTH},
        "PRIMARY: no health check, SECONDARY: healthy",
    ),
    "health check of the other region": (
        _watches_the_other_region,
        {WATCHED},
        "PRIMARY: {primary}, SECONDARY: {primary}",
    ),
    "health check disabled": (
        _disabled,
        {HEALTH},
        "PRIMARY: disabled, and so no proof of health, SECONDARY: healthy",
    ),
    "health check inverted": (
        _inverted,
        {HEALTH},
        "PRIMARY: healthy, SECONDARY: inverted, and so no proof of health",
    ),
}


@pytest.fixture(scope="module")
def twin(aws, two_tables, tmp_path_factory):
    """Two regions, and records that lead to them, as declared."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("failover")), (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    return twin


@pytest.fixture
def zone(twin):
    """The zone, to be broken; mended when the test is over."""
    zone = Zone(twin)
    yield zone
    for role, record in zone.records.items():
        zone.change("UPSERT", record)
        zone.route53.update_health_check(
            HealthCheckId=zone.check(role), Disabled=False, Inverted=False
        )


def failing(result):
    """The checks that FAIL, with what they observed."""
    return {
        it["test"].partition("::")[2].partition("[")[0]: it["observed"]
        for it in result.run["findings"]
        if it["outcome"] == "FAIL"
    }


def test_records_as_declared_pass(twin):
    """Two records with a healthy check each pass."""
    result = twin.judge("DRX-3")
    assert result.run["criteria"]["DRX-3"] == "PASS"
    assert result.status == 0


@pytest.mark.parametrize("case", BROKEN)
def test_wrong_failover_fails(twin, zone, case):
    """A wrong record or health check fails at the check that is about it."""
    breaking, wrong, observed = BROKEN[case]
    breaking(zone)
    found = failing(twin.judge("DRX-3"))
    assert set(found) == wrong
    assert (
        observed.format(primary=f"services-{twin.account}.{HERE}.bbws.internal")
        in found.values()
    )


def test_an_unhealthy_endpoint_fails(aws, twin, zone):
    """A health check whose checkers all fail is unhealthy."""
    aws.control("settings", {"health": {"failing": [zone.check("SECONDARY")]}})
    found = failing(twin.judge("DRX-3"))
    aws.control("settings", {"health": {"failing": []}})
    assert found == {
        HEALTH: "PRIMARY: healthy, SECONDARY: unhealthy (0 of 1 checkers succeed)"
    }


# What is denied, and the checks that cannot be made for it.
DENIED = {
    "ListHostedZones": {RECORDS, WATCHED, HEALTH},
    "ListResourceRecordSets": {RECORDS, WATCHED, HEALTH},
    "GetHealthCheck": {WATCHED, HEALTH},
    "GetHealthCheckStatus": {HEALTH},
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_cannot_be_read_is_an_error(aws, twin, operation):
    """A denied read of Route 53 is an ERROR of what rests on it."""
    twin.fault(operation=operation, code="AccessDenied", status=403)
    result = twin.judge("DRX-3")
    aws.control("faults/clear", {})
    outcomes = {
        it["test"].partition("::")[2].partition("[")[0]: it["outcome"]
        for it in result.run["findings"]
    }
    errors = {name for name, outcome in outcomes.items() if outcome == "ERROR"}
    assert errors == DENIED[operation]
    assert "FAIL" not in outcomes.values()
