"""Real credentials sign for endpoints of AWS, and for no host that looks like one."""

import boto3
import pytest

from conformance.aws.endpoint_check import require_endpoint
from conformance.model.errors import BadInputError

REGION = "eu-west-1"
OWN = {
    "dynamodb": (
        "https://dynamodb.eu-west-1.amazonaws.com",
        "https://dynamodb-fips.eu-west-1.amazonaws.com",
        "https://dynamodb.eu-west-1.api.aws",
        "https://123456789012.ddb.eu-west-1.amazonaws.com",
        "https://vpce-0a1b2c3d-4e5f6a7b.dynamodb.eu-west-1.vpce.amazonaws.com",
        "https://vpce-0a1b-4e5f-eu-west-1a.dynamodb.eu-west-1.vpce.amazonaws.com",
    ),
    "sts": ("https://sts.eu-west-1.amazonaws.com",),
    "iam": ("https://iam.amazonaws.com",),
}
FOREIGN = {
    "dynamodb": (
        "https://dynamodb.us-east-1.amazonaws.com",
        "https://kms.eu-west-1.amazonaws.com",
        "https://dynamodb.eu-west-1.elb.amazonaws.com",
        "https://ec2-198-51-100-1.eu-west-1.compute.amazonaws.com",
        "https://dynamodb.s3.eu-west-1.amazonaws.com",
        "https://abc.execute-api.eu-west-1.amazonaws.com",
        "https://dynamodb.eu-west-1.amazonaws.com.example.com",
        "https://vpce-0a1b-4e5f.dynamodb.us-east-1.vpce.amazonaws.com",
        "https://x.vpce-0a1b-4e5f.dynamodb.eu-west-1.vpce.amazonaws.com",
    ),
    "sts": ("https://123456789012.ddb.eu-west-1.amazonaws.com",),
}


@pytest.fixture(scope="module")
def session():
    """A boto3 session whose keys sign nothing here."""
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 -- it is none


def pairs(urls):
    """Return each service with each of its addresses."""
    return [(service, url) for service, several in urls.items() for url in several]


@pytest.mark.parametrize(("service", "url"), pairs(OWN))
def test_an_endpoint_of_the_service_is_accepted(session, service, url):
    """Those that botocore knows, of the account, and of a VPC of one's own."""
    require_endpoint(session, service, REGION, url)


@pytest.mark.parametrize(("service", "url"), pairs(FOREIGN))
def test_another_host_below_a_domain_of_aws_is_refused(session, service, url):
    """Customers of AWS have names there, too."""
    with pytest.raises(BadInputError, match="credentials sign for nobody else"):
        require_endpoint(session, service, REGION, url)
