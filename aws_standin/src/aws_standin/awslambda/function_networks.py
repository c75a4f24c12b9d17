"""The VPC of a function: the one that its subnets are in, which moto makes up.

Source: Lambda API Reference, VpcConfigResponse.
"""

from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import Onward, Request, Response, answer

DESCRIBING = ("CreateFunction", "GetFunctionConfiguration", "PublishVersion")


class FunctionNetworks:
    """Completes the network configuration of functions."""

    def __init__(self, standin: Context) -> None:
        self._standin = standin

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass the call on; name the VPC in the function's description."""
        response = onward(request)
        if request.operation not in DESCRIBING or not response.ok:
            return response
        described = response.json()
        network = described.get("VpcConfig") or {}
        if not network.get("SubnetIds"):
            return response
        described["VpcConfig"] = network | {"VpcId": self._vpc(request, network)}
        return answer(request, described, response.status).with_id_of(response)

    def _vpc(self, request: Request, network: dict[str, Any]) -> str:
        found = self._standin.call(
            "ec2",
            "DescribeSubnets",
            request.account,
            request.region,
            SubnetIds=network["SubnetIds"][:1],
        )
        return str(found["Subnets"][0]["VpcId"])
