"""What the declaration says of cost alerts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance.aws.client import AwsError
from conformance.deployed.cost_alerts import DeployedCostAlerts
from conformance.model.errors import NotAssessedError, UnreadableError
from tests.selftest.own_contract import own_declared, own_environment

PROD = own_environment("prod")
PAYER = "999999999999"


class Answers:
    """Facts with these answers."""

    environment = PROD
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, **answers):
        """Keep the answers by operation."""
        self._answers = answers

    def read(self, _service, _region, operation, **_parameters):
        """Return the answer, or deny the request."""
        if operation not in self._answers:
            raise AwsError(f"{operation}: AccessDenied", "AccessDenied")
        return self._answers[operation]


NOTHING = {
    "GetAnomalyMonitors": {"AnomalyMonitors": []},
    "GetAnomalySubscriptions": {"AnomalySubscriptions": []},
    "DescribeBudgets": {},
}


def threshold(kind, value):
    """Return one threshold of an anomaly."""
    return {
        "Dimensions": {
            "Key": f"ANOMALY_TOTAL_IMPACT_{kind}",
            "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
            "Values": [value],
        }
    }


BOTH = NOTHING | {
    "GetAnomalyMonitors": {
        "AnomalyMonitors": [
            {
                "MonitorArn": "m",
                "MonitorName": "services",
                "MonitorType": "DIMENSIONAL",
                "MonitorDimension": "SERVICE",
            }
        ]
    },
    "GetAnomalySubscriptions": {
        "AnomalySubscriptions": [
            {
                "SubscriptionName": "finops",
                "MonitorArnList": ["m"],
                "Frequency": "DAILY",
                "Subscribers": [
                    {"Type": "EMAIL", "Address": "a@b.internal", "Status": "CONFIRMED"}
                ],
                "ThresholdExpression": {
                    "And": [threshold("ABSOLUTE", "10"), threshold("PERCENTAGE", "20")]
                },
            }
        ]
    },
}


def verdict(answers, **declared):
    """Return the verdict on these answers."""
    contract = own_declared(PROD)
    costs = replace(contract.costs, **declared)
    facts = Answers(**answers)
    return DeployedCostAlerts(
        facts, PROD.regions[0], replace(contract, costs=costs)
    ).verdict


def test_alerts_of_a_payer_account_are_not_assessed():
    """The suite does not read that account, and says so."""
    assert verdict(NOTHING) == "no anomaly monitor exists; no budget exists"
    assert verdict(NOTHING, payer_account=PROD.account) == verdict(NOTHING)
    with pytest.raises(NotAssessedError, match=f"kept in account {PAYER}"):
        verdict(NOTHING, payer_account=PAYER)


def test_alerts_of_a_payer_account_need_no_right_here():
    """A member account often may not read Cost Explorer at all."""
    with pytest.raises(UnreadableError, match="AccessDenied"):
        verdict({})
    with pytest.raises(NotAssessedError, match="AccessDenied"):
        verdict({}, payer_account=PAYER)


def test_a_declared_floor_decides_an_amount_beside_the_percentage():
    """Up to the floor nobody need be told; above it the alert comes late."""
    with pytest.raises(NotAssessedError, match="alert_floor_usd"):
        verdict(BOTH)
    assert verdict(BOTH, alert_floor_usd=10) == "alerted"
    assert verdict(BOTH, alert_floor_usd=10, payer_account=PAYER) == "alerted"
    with pytest.raises(NotAssessedError):
        verdict(BOTH, alert_floor_usd=9)
