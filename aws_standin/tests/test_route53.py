"""Health checks fail when it is asked for, and where AWS's would."""

import pytest
from botocore.exceptions import ClientError


def test_a_health_check_fails_when_its_endpoint_does(client, account, control):
    """Each observation's status begins with Success or Failure.

    Route 53 API Reference, StatusReport, Status.
    """
    route53 = client("route53", account=account)
    made = route53.create_health_check(
        CallerReference=account,
        HealthCheckConfig={
            "Type": "HTTPS",
            "FullyQualifiedDomainName": "shop.example.org",
            "Port": 443,
        },
    )["HealthCheck"]["Id"]

    def status():
        found = route53.get_health_check_status(HealthCheckId=made)
        reports = [one["StatusReport"] for one in found["HealthCheckObservations"]]
        return {report["Status"].partition(":")[0] for report in reports}

    assert status() == {"Success"}
    control("settings", {"health": {"failing": [made]}})
    assert status() == {"Failure"}
    control("settings", {"health": {"failing": []}})


def test_checkers_do_not_resolve_names_of_private_zones(client, account):
    """A name that stands in a private zone alone fails; a public zone makes it known.

    Route 53 Developer Guide, "Configuring failover in a private hosted zone": health
    checkers are outside the VPC.
    """
    route53, ec2 = client("route53", account=account), client("ec2", account=account)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    route53.create_hosted_zone(
        Name="inside.example",
        CallerReference="1",
        VPC={"VPCRegion": "eu-west-1", "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )
    name = {"FullyQualifiedDomainName": "shop.inside.example"}
    https = {"Type": "HTTPS", "Port": 443}

    def status(**changed):
        made = route53.create_health_check(
            CallerReference=str(changed), HealthCheckConfig=https | name | changed
        )["HealthCheck"]["Id"]
        found = route53.get_health_check_status(HealthCheckId=made)
        (seen,) = found["HealthCheckObservations"]
        return seen["StatusReport"]["Status"].partition(":")[0]

    assert status() == "Failure"
    assert status(IPAddress="192.0.2.1") == "Success"
    route53.create_hosted_zone(Name="inside.example", CallerReference="2")
    assert status(Port=8443) == "Success"


def test_a_calculated_check_has_no_status_here(client, account):
    """GetHealthCheckStatus does not answer for calculated checks.

    Route 53 API Reference, GetHealthCheckStatus, HealthCheckId.
    """
    route53 = client("route53", account=account)
    made = route53.create_health_check(
        CallerReference="calculated",
        HealthCheckConfig={
            "Type": "CALCULATED",
            "HealthThreshold": 1,
            "ChildHealthChecks": [],
        },
    )["HealthCheck"]["Id"]
    with pytest.raises(ClientError, match="InvalidInput"):
        route53.get_health_check_status(HealthCheckId=made)
