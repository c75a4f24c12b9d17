"""Health checks of Route 53: what each of them watches, and whether it is healthy."""

from collections.abc import Mapping
from typing import Any

from conformance.aws.client import AwsError
from conformance.config.declared.failover import ALARM, alarm_in
from conformance.deployed.facts import Facts
from conformance.model.errors import NotAssessedError, NotUnderstoodError

HEALTHY = "healthy"
_HEALTHY_SHARE = 0.18
"""Route 53 takes an endpoint for healthy when more than 18 % of its checkers do.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""
_OF_ENDPOINTS = {"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"}
_COPIED = {
    "ComparisonOperator",
    "EvaluationPeriods",
    "MetricName",
    "Namespace",
    "Period",
    "Statistic",
    "Threshold",
}
"""Settings of an alarm that Route 53 copies."""
_BY_ALARM_STATE = {"OK": "Healthy", "ALARM": "Unhealthy"}


class HealthChecks:
    """The health checks of the account; they are the same in all regions."""

    def __init__(self, facts: Facts, region: str) -> None:
        """Know where to ask; nothing is read yet."""
        self._facts = facts
        self._region = region

    def watched(self, identity: str, target: str) -> str:
        """Return what a check watches; `target`, a host or an alarm, if it is that.

        Raises:
            NotAssessedError: nothing tells what it watches.
        """
        check = self._check(identity)
        if check is None:
            return f"health check {identity} is missing"
        config = check["HealthCheckConfig"]
        match config["Type"]:
            case kind if kind in _OF_ENDPOINTS:
                return _endpoint(config, target)
            case "CALCULATED":
                return self._watched_together(config, target)
            case "CLOUDWATCH_METRIC":
                return _alarm(config["AlarmIdentifier"], target)
            case kind:
                raise NotUnderstoodError(
                    f"what a {kind} health check watches is not told"
                )

    def health(self, identity: str) -> str:
        """Return `healthy`, or why a check is not.

        Raises:
            NotAssessedError: Route 53 does not tell its status.
        """
        check = self._check(identity)
        if check is None:
            return f"health check {identity} is missing"
        config = check["HealthCheckConfig"]
        # Route 53 counts a disabled check as healthy; both are absent unless set:
        # https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
        for trick in ("Disabled", "Inverted"):
            if config.get(trick, False):
                return f"{trick.lower()}, and so no proof of health"
        match config["Type"]:
            case kind if kind in _OF_ENDPOINTS:
                return self._seen(identity)
            case "CALCULATED":
                return self._together(config)
            case "CLOUDWATCH_METRIC":
                return self._by_alarm(check)
            case kind:
                raise NotUnderstoodError(
                    f"Route 53 tells no status of a {kind} health check"
                )

    def _watched_together(self, config: Mapping[str, Any], target: str) -> str:
        """Return what the checks of a calculated check watch.

        It is about the target only if the target's failure alone makes it unhealthy.
        """
        children = config["ChildHealthChecks"]
        hosts = [self.watched(child, target) for child in children]
        others = sum(host != target for host in hosts)
        needed = config["HealthThreshold"]
        if target in hosts and needed > others:
            return target
        return f"{needed} of {', '.join(sorted(hosts)) or 'nothing'}"

    def _together(self, config: Mapping[str, Any]) -> str:
        """Return the health of a calculated check, by the checks that it counts."""
        children, needed = config["ChildHealthChecks"], config["HealthThreshold"]
        if not needed:
            return "healthy whatever its checks say, and so no proof of health"
        good, unknown = 0, list[NotAssessedError]()
        for child in children:
            try:
                good += self.health(child) == HEALTHY
            except NotAssessedError as problem:
                unknown.append(problem)
        if good >= needed:
            return HEALTHY
        if good + len(unknown) >= needed:
            raise unknown[0]
        return f"unhealthy ({good} of {len(children)} checks are healthy, not {needed})"

    def _seen(self, identity: str) -> str:
        answer = self._read("GetHealthCheckStatus", HealthCheckId=identity)
        reports = answer["HealthCheckObservations"]
        if not reports:
            raise NotAssessedError("no checker of Route 53 has reported yet")
        good = [report for report in reports if _succeeded(report)]
        if len(good) > _HEALTHY_SHARE * len(reports):
            return HEALTHY
        return f"unhealthy ({len(good)} of {len(reports)} checkers succeed)"

    def _by_alarm(self, check: Mapping[str, Any]) -> str:
        """Return the health that follows from the state of the alarm.

        Route 53 copies the alarm's settings and follows its metric by itself, so that
        the state of another alarm, or of one that was changed, tells nothing:
        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
        """
        config = check["HealthCheckConfig"]
        name, region = (config["AlarmIdentifier"][key] for key in ("Name", "Region"))
        alarms = self._facts.read(
            "cloudwatch", region, "DescribeAlarms", AlarmNames=[name]
        )["MetricAlarms"]
        # CloudWatchAlarmConfiguration is what Route 53 copied.
        copied = check.get("CloudWatchAlarmConfiguration", {})
        if not alarms or any(
            alarms[0].get(member) != copied[member] for member in set(copied) & _COPIED
        ):
            raise NotUnderstoodError(
                f"the health check follows what alarm {name} in {region} was, and "
                f"{'it has changed' if alarms else 'it is gone'}"
            )
        state = alarms[0]["StateValue"]
        health = _BY_ALARM_STATE.get(state)
        if state == "INSUFFICIENT_DATA":
            health = config["InsufficientDataHealthStatus"]
        if health == "Unhealthy":
            return f"unhealthy (alarm {name} is {state})"
        if state != "OK":
            raise NotAssessedError(f"alarm {name} in {region} is {state}")
        return HEALTHY

    def _check(self, identity: str) -> Mapping[str, Any] | None:
        """Return a health check; None if there is no such check."""
        try:
            answer = self._read("GetHealthCheck", HealthCheckId=identity)
        except AwsError as problem:
            if problem.code != "NoSuchHealthCheck":
                raise
            return None
        check: Mapping[str, Any] = answer["HealthCheck"]
        return check

    def _read(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._facts.read("route53", self._region, operation, **parameters)


def _endpoint(config: Mapping[str, Any], target: str) -> str:
    """Return the host that checkers request.

    With an address, they request that, and send the name as a header alone.
    """
    name, address = config.get("FullyQualifiedDomainName"), config.get("IPAddress")
    if address is None:
        return str(name).rstrip(".")
    if name == target:
        raise NotUnderstoodError(
            f"checkers request {address} in the name of {name}, which may be elsewhere"
        )
    return str(address)


def _alarm(alarm: Mapping[str, Any], target: str) -> str:
    """Return the alarm of a check; it says nothing of a host."""
    found = alarm_in(alarm["Name"], alarm["Region"])
    if not target.startswith(ALARM):
        raise NotAssessedError(
            f"the health check watches {found}, and nothing says that it is about "
            f"{target}: declare failover.alarm"
        )
    return found


def _succeeded(report: Mapping[str, Any]) -> bool:
    return str(report["StatusReport"]["Status"]).startswith("Success")
