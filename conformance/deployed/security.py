"""What is read about the security and the services of a region."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.config.declared import Declared
from conformance.deployed.access import TableAccess
from conformance.deployed.deployer import DeployedDeployer
from conformance.deployed.endpoints import DeployedVpcEndpoint
from conformance.deployed.facts import Facts
from conformance.deployed.service import DeployedService
from conformance.deployed.table import DeployedTable
from conformance.deployed.tenancy import DeployedTenancy
from conformance.deployed.trails import DeployedTrails


@dataclass(frozen=True)
class DeployedSecurity:
    """The nouns; those of which there are several by the name they are declared by."""

    deployer: DeployedDeployer
    trails: DeployedTrails
    access: Mapping[str, TableAccess]
    """By the table's declared name."""
    services: Mapping[str, DeployedService]
    tenancies: Mapping[str, DeployedTenancy]
    vpc_endpoints: Mapping[str, DeployedVpcEndpoint]

    @property
    def parts(self) -> dict[str, object]:
        """The nouns by the names of their fixtures."""
        return {
            "deployer": self.deployer,
            "trails": self.trails,
            "access": self.access,
            "deployed_service": self.services,
            "tenancy": self.tenancies,
            "vpc_endpoint": self.vpc_endpoints,
        }


def deployed_security(
    facts: Facts, region: str, declared: Declared, tables: Mapping[str, DeployedTable]
) -> DeployedSecurity:
    """Everything that was declared of it, in one region; nothing is read yet."""
    asked = (facts, region, declared)
    security = declared.security
    services = {
        name: DeployedService(*asked, name) for name in declared.services.services
    }
    functions = [service.function for service in services.values()]
    return DeployedSecurity(
        deployer=DeployedDeployer(*asked),
        trails=DeployedTrails(*asked),
        access={name: TableAccess(facts, declared, it) for name, it in tables.items()},
        services=services,
        tenancies={
            name: DeployedTenancy(*asked, name) for name in security.fine_grained
        },
        vpc_endpoints={
            name: DeployedVpcEndpoint(*asked, it, functions)
            for name, it in security.vpc_endpoints.items()
        },
    )
