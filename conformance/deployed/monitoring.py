"""What watches the tables of one region, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.config.declared import Declared
from conformance.deployed.alarms import DeployedAlarms
from conformance.deployed.consumption import DeployedConsumption
from conformance.deployed.cost_alerts import DeployedCostAlerts
from conformance.deployed.dashboard import DeployedDashboard
from conformance.deployed.facts import Facts
from conformance.deployed.metrics import DeployedMetrics


@dataclass(frozen=True)
class DeployedMonitoring:
    """Alarms, dashboard, metrics and cost alerts, as one region tells them."""

    alarms: DeployedAlarms
    metrics: DeployedMetrics
    dashboard: DeployedDashboard
    consumption: DeployedConsumption
    cost_alerts: DeployedCostAlerts

    @property
    def parts(self) -> Mapping[str, object]:
        """What is read, by the name of its fixture."""
        return {
            "deployed_alarms": self.alarms,
            "deployed_topics": self.alarms.topics,
            "deployed_metrics": self.metrics,
            "deployed_dashboard": self.dashboard,
            "deployed_consumption": self.consumption,
            "deployed_cost_alerts": self.cost_alerts,
        }


def deployed_monitoring(
    facts: Facts, region: str, declared: Declared
) -> DeployedMonitoring:
    """Everything of one region; nothing is read yet."""
    alarms = DeployedAlarms(facts, region, declared)
    return DeployedMonitoring(
        alarms=alarms,
        metrics=DeployedMetrics(facts, region, declared),
        dashboard=DeployedDashboard(facts, region, declared, alarms),
        consumption=DeployedConsumption(facts, region, declared),
        cost_alerts=DeployedCostAlerts(facts, region, declared),
    )
