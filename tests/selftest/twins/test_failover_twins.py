"""Failover records and health checks that are wrong fail at DRX-3."""

import pytest

from tests.selftest.twin_env import Twin

HERE, THERE = "af-south-1", "eu-west-1"
GONE = "NoSuchHealthCheck"
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

    def configure(self, role, name="", **changed):
        """Change the health check of a role; without a name it has none."""
        config = self.configuration(role)
        if name is None:
            del config["FullyQualifiedDomainName"]
        config.update(changed)

    def alias(self, role, *, evaluate=True, zone="ZELB", behind=None):
        """Make the record an alias of its target, or of a record that stands behind."""
        record = self.records[role]
        (value,) = record.pop("ResourceRecords")
        check = record.pop("HealthCheckId")
        record["AliasTarget"] = {
            "HostedZoneId": zone,
            "DNSName": f"dualstack.{value['Value']}.",
            "EvaluateTargetHealth": evaluate,
        }
        if behind is not None:
            (own,) = self.answers["ListHostedZones"]["HostedZones"]
            record["AliasTarget"]["HostedZoneId"] = own["Id"].rpartition("/")[2]
            record["AliasTarget"]["DNSName"] = f"{value['Value']}."
            listed = self.answers["ListResourceRecordSets"]["ResourceRecordSets"]
            name = {"Name": f"{value['Value']}.", "Type": record["Type"]}
            listed.append(name | {"ResourceRecords": [{"Value": "x"}]} | behind)
        return check

    def calculate(self, role, needed, *roles):
        """Let a role's health check count those of these roles."""
        children = [self.records[child]["HealthCheckId"] for child in roles]
        self.records[role]["HealthCheckId"] = "calculated"
        config = {
            "Type": "CALCULATED",
            "ChildHealthChecks": children,
            "HealthThreshold": needed,
        }
        self.check("calculated", config)

    def watch_alarm(self, role, region, state):
        """Let a role's health check watch an alarm."""
        self.records[role]["HealthCheckId"] = "alarming"
        config = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": region, "Name": "down"},
            "InsufficientDataHealthStatus": "LastKnownStatus",
        }
        self.check("alarming", config)
        alarms = [{"AlarmName": "down", "StateValue": state}] if state else []
        self.answers.add(
            "cloudwatch",
            region,
            "DescribeAlarms",
            {"MetricAlarms": alarms},
            AlarmNames=["down"],
        )
        return config

    def check(self, identity, config):
        """Give Route 53 one health check more."""
        self.answers.add(
            "route53",
            HERE,
            "GetHealthCheck",
            {"HealthCheck": {"Id": identity, "HealthCheckConfig": config}},
            HealthCheckId=identity,
        )

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
        {RECORDS},
        "PRIMARY: {primary}",
    ),
    "primary missing": (
        lambda zone: zone.remove("PRIMARY"),
        {RECORDS, WATCHED, HEALTH},
        "SECONDARY: healthy",
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
    "health check that was deleted": (
        lambda zone: zone.answers.fail(
            "GetHealthCheck", zone.records["PRIMARY"]["HealthCheckId"], code=GONE
        ),
        {WATCHED, HEALTH},
        None,
    ),
    "health check of an address": (
        lambda zone: zone.configure("PRIMARY", IPAddress="192.0.2.1", name=None),
        {WATCHED},
        None,
    ),
    "alias that evaluates nothing": (
        lambda zone: zone.alias("PRIMARY", evaluate=False),
        {WATCHED, HEALTH},
        "PRIMARY: no health check, SECONDARY: healthy",
    ),
    "alias to a record without a check": (
        lambda zone: zone.alias("PRIMARY", behind={}),
        {WATCHED, HEALTH},
        "PRIMARY: no health check, SECONDARY: healthy",
    ),
    "calculated check that the host cannot turn": (
        lambda zone: zone.calculate("PRIMARY", 1, "PRIMARY", "SECONDARY"),
        {WATCHED},
        None,
    ),
    "calculated check of nothing": (
        lambda zone: zone.calculate("PRIMARY", 0, "PRIMARY"),
        {WATCHED, HEALTH},
        None,
    ),
    "calculated check that asks too much": (
        lambda zone: zone.calculate("PRIMARY", 2, "PRIMARY"),
        {HEALTH},
        "PRIMARY: unhealthy (1 of 1 checks are healthy, not 2), SECONDARY: healthy",
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
    if observed:
        assert observed.format(primary=primary) in found.values()


def _unguarded_secondary(zone):
    del zone.records["SECONDARY"]["HealthCheckId"]


def _both_needed(zone):
    zone.calculate("PRIMARY", 2, "PRIMARY", "SECONDARY")


def _alias_of_a_guarded_record(zone):
    check = zone.records["PRIMARY"]["HealthCheckId"]
    zone.alias("PRIMARY", behind={"HealthCheckId": check})


def _private(zone):
    (own,) = zone.answers["ListHostedZones"]["HostedZones"]
    own["Config"] = {"PrivateZone": True}


RIGHT = {
    "secondary without a check": _unguarded_secondary,
    "calculated check that the host can turn": _both_needed,
    "calculated check of one": lambda zone: zone.calculate("PRIMARY", 1, "PRIMARY"),
    "alias of a record that is guarded": _alias_of_a_guarded_record,
    "private zone": _private,
    "name in capitals": lambda zone: zone.records["PRIMARY"].update(
        Name=zone.records["PRIMARY"]["Name"].upper()
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_other_ways_that_work_pass(prod, case):
    """Route 53 fails over with them as with two checks of two hosts."""
    zone = Zone(prod)
    RIGHT[case](zone)
    assert prod.judge(zone.answers, "DRX-3") == {}


def _second_zone(zone):
    zones = zone.answers["ListHostedZones"]["HostedZones"]
    zones.append(zones[0] | {"Id": "/hostedzone/Z2", "Config": {"PrivateZone": True}})


# What AWS does not tell, the checks that wait for it, and a part of the reason.
OPEN = {
    "two zones of the name": (
        _second_zone,
        {RECORDS, WATCHED, HEALTH},
        "Z2 (private); declare failover.zone_id",
    ),
    "alias of a load balancer": (
        lambda zone: zone.alias("PRIMARY"),
        {HEALTH},
        "Route 53 tells no health of",
    ),
    "address beside the name": (
        lambda zone: zone.configure("PRIMARY", IPAddress="192.0.2.1"),
        {WATCHED},
        "checkers request 192.0.2.1 in the name of",
    ),
    "undeclared alarm": (
        lambda zone: zone.watch_alarm("PRIMARY", HERE, "OK"),
        {WATCHED},
        "declare failover.alarm",
    ),
    "alarm without data": (
        lambda zone: zone.watch_alarm("PRIMARY", HERE, "INSUFFICIENT_DATA"),
        {WATCHED, HEALTH},
        f"alarm down in {HERE} is INSUFFICIENT_DATA",
    ),
    "alarm that is gone": (
        lambda zone: zone.watch_alarm("PRIMARY", HERE, ""),
        {WATCHED, HEALTH},
        f"what alarm down in {HERE} was, and it is gone",
    ),
    "routing control": (
        lambda zone: zone.configure("PRIMARY", Type="RECOVERY_CONTROL"),
        {WATCHED, HEALTH},
        "RECOVERY_CONTROL health check",
    ),
    "new type of check": (
        lambda zone: zone.configure("PRIMARY", Type="QUIC"),
        {WATCHED, HEALTH},
        "QUIC health check",
    ),
}


@pytest.mark.parametrize("case", OPEN)
def test_what_route_53_does_not_tell_is_not_assessed(prod, case):
    """The reason names it, and what may be declared."""
    alter, waiting, said = OPEN[case]
    zone = Zone(prod)
    alter(zone)
    judged = prod.judge(zone.answers, "DRX-3")
    assert judged == {f"DRX-3 {HERE}": "NOT_ASSESSED"}
    assert set(checks(judged.findings, "NOT_ASSESSED")) == waiting
    assert said in " ".join(judged.reasons(f"DRX-3 {HERE}"))


def test_an_alarm_that_is_raised_is_unhealthy(prod):
    """A health check of an alarm follows it."""
    zone = Zone(prod)
    zone.watch_alarm("PRIMARY", HERE, "ALARM")
    judged = prod.judge(zone.answers, "DRX-3")
    assert set(checks(judged.findings, "FAIL")) == {HEALTH}


@pytest.mark.parametrize(("threshold", "said"), [(1, ""), (2, "it has changed")])
def test_an_alarm_must_be_what_the_health_check_follows(prod, threshold, said):
    """Route 53 copied its settings, and does not see that somebody changes it."""
    zone = Zone(prod)
    zone.watch_alarm("PRIMARY", HERE, "OK")
    check = zone.answers["GetHealthCheck", "alarming"]["HealthCheck"]
    check["CloudWatchAlarmConfiguration"] = {"Threshold": threshold}
    (alarm,) = zone.answers["DescribeAlarms", "down"]["MetricAlarms"]
    alarm["Threshold"] = 1
    judged = prod.judge(zone.answers, "DRX-3")
    assert said in " ".join(judged.reasons(f"DRX-3 {HERE}"))
    waiting = {WATCHED, HEALTH} if said else {WATCHED}
    assert set(checks(judged.findings, "NOT_ASSESSED")) == waiting


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
