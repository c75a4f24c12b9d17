"""Failover records and health checks that are wrong fail at DRX-3."""

import pytest

from tests.selftest.twin_env import Twin

HERE, THERE = "af-south-1", "eu-west-1"
RECORDS, WATCHED, HEALTH = (
    "test_failover_records_lead_to_both_regions",
    "test_health_checks_watch_what_the_records_lead_to",
    "test_health_checks_are_healthy",
)


class Zone:
    """The recorded answers of Route 53, to be changed."""

    def __init__(self, environment):
        """Copy the answers of the conforming environment."""
        self.answers = environment.answers()

    @property
    def records(self):
        """The failover records, by role."""
        listed = self.answers["ListResourceRecordSets"]["ResourceRecordSets"]
        return {record["Failover"]: record for record in listed if "Failover" in record}

    def remove(self, role):
        """Take a role's record away."""
        listed = self.answers["ListResourceRecordSets"]["ResourceRecordSets"]
        listed.remove(self.records[role])

    def configuration(self, role):
        """The configuration of a role's health check."""
        check = self.answers["GetHealthCheck", self.records[role]["HealthCheckId"]]
        return check["HealthCheck"]["HealthCheckConfig"]

    def observations(self, role):
        """What the checkers of a role's health check saw."""
        check = self.records[role]["HealthCheckId"]
        return self.answers["GetHealthCheckStatus", check]["HealthCheckObservations"]


def _secondary_leads_to_the_primary(zone):
    zone.records["SECONDARY"]["ResourceRecords"] = zone.records["PRIMARY"][
        "ResourceRecords"
    ]


def _watches_the_other_region(zone):
    zone.records["SECONDARY"]["HealthCheckId"] = zone.records["PRIMARY"][
        "HealthCheckId"
    ]


def _unhealthy(zone):
    (seen,) = zone.observations("SECONDARY")
    seen["StatusReport"]["Status"] = "Failure: HTTP Status Code: 503."


# How it is broken, the checks that FAIL, and what one of them observes.
BROKEN = {
    "secondary missing": (
        lambda zone: zone.remove("SECONDARY"),
        {RECORDS, WATCHED, HEALTH},
        "PRIMARY: healthy",
    ),
    "secondary leads to the primary region": (
        _secondary_leads_to_the_primary,
        {RECORDS},
        "PRIMARY: {primary}, SECONDARY: {primary}",
    ),
    "no health check": (
        lambda zone: zone.records["PRIMARY"].pop("HealthCheckId"),
        {WATCHED, HEALTH},
        "PRIMARY: no health check, SECONDARY: healthy",
    ),
    "health check of the other region": (
        _watches_the_other_region,
        {WATCHED},
        "PRIMARY: {primary}, SECONDARY: {primary}",
    ),
    "health check disabled": (
        lambda zone: zone.configuration("PRIMARY").update(Disabled=True),
        {HEALTH},
        "PRIMARY: disabled, and so no proof of health, SECONDARY: healthy",
    ),
    "health check inverted": (
        lambda zone: zone.configuration("SECONDARY").update(Inverted=True),
        {HEALTH},
        "PRIMARY: healthy, SECONDARY: inverted, and so no proof of health",
    ),
    "an unhealthy endpoint": (
        _unhealthy,
        {HEALTH},
        "PRIMARY: healthy, SECONDARY: unhealthy (0 of 1 checkers succeed)",
    ),
}


def checks(findings, outcome):
    """The checks with this outcome, and what they observed."""
    return {
        finding["test"].partition("::")[2].partition("[")[0]: finding["observed"]
        for finding in findings
        if finding["outcome"] == outcome
    }


@pytest.mark.parametrize("case", BROKEN)
def test_wrong_failover_fails(prod, case):
    """A wrong record or health check fails at the check that is about it."""
    break_it, wrong, observed = BROKEN[case]
    zone = Zone(prod)
    break_it(zone)
    judged = prod.judge(zone.answers)
    assert judged == {f"DRX-3 {HERE}": "FAIL"}
    found = checks(judged.findings, "FAIL")
    assert set(found) == wrong
    primary = f"services-{prod.account}.{HERE}.bbws.internal"
    assert observed.format(primary=primary) in found.values()


# What is denied, and the checks that cannot be made for it.
DENIED = {
    "ListHostedZones": {RECORDS, WATCHED, HEALTH},
    "ListResourceRecordSets": {RECORDS, WATCHED, HEALTH},
    "GetHealthCheck": {WATCHED, HEALTH},
    "GetHealthCheckStatus": {HEALTH},
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_cannot_be_read_is_an_error(prod, operation):
    """A denied read of Route 53 is an ERROR of what rests on it."""
    answers = prod.answers()
    answers.fail(operation, code="AccessDenied")
    judged = prod.judge(answers)
    assert judged == {f"DRX-3 {HERE}": "ERROR"}
    assert set(checks(judged.findings, "ERROR")) == DENIED[operation]


def test_deployed_failover_is_judged_alike(aws, suite, two_tables):
    """Over HTTP a disabled health check fails, and a denied read is an ERROR."""
    twin = Twin(aws, suite, (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(two_tables)
    route53 = twin.client("route53", HERE)
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    listed = route53.list_resource_record_sets(HostedZoneId=zone["Id"])
    (primary, _) = (
        record for record in listed["ResourceRecordSets"] if "Failover" in record
    )
    route53.update_health_check(HealthCheckId=primary["HealthCheckId"], Disabled=True)
    result = twin.judge("DRX-3")
    assert set(checks(result.run["findings"], "FAIL")) == {HEALTH}
    twin.fault(operation="GetHealthCheckStatus", code="AccessDenied", status=403)
    result = twin.judge("DRX-3")
    aws.control("faults/clear", {})
    assert set(checks(result.run["findings"], "ERROR")) == {HEALTH}
    assert checks(result.run["findings"], "FAIL") == {}
