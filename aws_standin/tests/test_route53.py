"""Health checks fail when it is asked for."""


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
