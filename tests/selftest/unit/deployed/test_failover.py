"""What the declaration says of failover: a zone by its id, and alarms."""

from dataclasses import replace

import pytest

from conformance.deployed.failover import DeployedFailover
from conformance.model.errors import NotAssessedError
from tests.selftest.own_contract import own_declared, own_environment

PROD = own_environment("prod")
HERE, THERE = PROD.regions
FAILOVER = own_declared(PROD).failover
HOSTS = FAILOVER.records(PROD.regions)


def record(role, check):
    """Return the failover record of a role."""
    return {
        "Name": f"{FAILOVER.record}.",
        "Type": FAILOVER.type,
        "Failover": role,
        "ResourceRecords": [{"Value": HOSTS[role]}],
        "HealthCheckId": check,
    }


class Route53:
    """Facts about two zones of one name, of which the second has the records."""

    environment = PROD

    def read(self, _service, region, operation, **parameters):
        """Answer as Route 53 and CloudWatch do."""
        match operation:
            case "ListHostedZones":
                ids = ("Z1", "Z2")
                name = f"{FAILOVER.zone}."
                zones = [{"Id": f"/hostedzone/{one}", "Name": name} for one in ids]
                return {"HostedZones": zones}
            case "ListResourceRecordSets":
                records = [record("PRIMARY", HERE), record("SECONDARY", THERE)]
                ours = parameters["HostedZoneId"].endswith("Z2")
                return {"ResourceRecordSets": records if ours else []}
            case "GetHealthCheck":
                alarm = {"Region": parameters["HealthCheckId"], "Name": "down"}
                config = {
                    "Type": "CLOUDWATCH_METRIC",
                    "AlarmIdentifier": alarm,
                    "InsufficientDataHealthStatus": "Unhealthy",
                }
                return {"HealthCheck": {"HealthCheckConfig": config}}
            case "DescribeAlarms":
                state = "OK" if region == HERE else "INSUFFICIENT_DATA"
                return {"MetricAlarms": [{"StateValue": state}]}
        raise AssertionError(operation)


def deployed(**changed):
    """Return the failover, declared with these changes."""
    failover = replace(FAILOVER, **changed)
    declared = replace(own_declared(PROD), failover=failover)
    return DeployedFailover(Route53(), HERE, declared)


def test_the_zone_is_known_by_its_id():
    """The other zone of the name does not count."""
    with pytest.raises(NotAssessedError, match=r"Z1 \(public\), Z2 \(public\)"):
        _ = deployed().records
    assert deployed(zone_id="Z1").records == {}
    assert deployed(zone_id="Z2").records == HOSTS
    assert deployed(zone_id="Z3").records == {}


def test_declared_alarms_are_what_health_checks_watch():
    """Each region has its own; another name is another alarm."""
    failover = replace(FAILOVER, alarm="down")
    watched = deployed(zone_id="Z2", alarm="down").watched
    assert watched == failover.watched(PROD.regions)
    assert watched["SECONDARY"] == f"alarm down in {THERE}"
    other = replace(FAILOVER, alarm="{region}-down").watched(PROD.regions)
    assert other["PRIMARY"] == f"alarm {HERE}-down in {HERE}"
    assert deployed(zone_id="Z2", alarm="{region}-down").watched != other
    with pytest.raises(NotAssessedError, match=r"declare failover\.alarm"):
        _ = deployed(zone_id="Z2").watched


def test_an_alarm_without_data_is_what_the_health_check_says():
    """Unhealthy here; Healthy and LastKnownStatus prove nothing."""
    health = deployed(zone_id="Z2", alarm="down").health
    assert health == {
        "PRIMARY": "healthy",
        "SECONDARY": "unhealthy (alarm down is INSUFFICIENT_DATA)",
    }
