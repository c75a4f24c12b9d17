import pytest

LISTED_ONLY = {"no resource policy", "listed accounts only"}
NOT_PUBLIC = {"no resource policy", "PASS"}


@pytest.mark.criterion("IDN-3")
def test_deploying_role_may_create_tables(deployer):
    """
    The deploying role MUST be allowed whatever creating the tables needs.

    With replicas that includes what AWS's guide asks for them, and the role by which
    DynamoDB replicates. IAM's simulator says so beforehand; a deployment that finds out
    halfway leaves half an environment.
    """
    assert deployer.refused_on_tables == frozenset()


@pytest.mark.criterion("IDN-3")
def test_deploying_role_may_create_the_vault(deployer):
    """
    The deploying role MUST be allowed to create the backup vault under its own key.

    AWS Backup asks for rights beside its own: on the storage, and on the key, whose
    policy must admit the role. Without a vault there are tables and no backups.
    """
    assert deployer.refused_on_vault == frozenset()


@pytest.mark.criterion("IDN-3")
def test_deploying_role_may_use_the_key(deployer):
    """
    The deploying role MUST be allowed to use the region's KMS key.

    Creating an encrypted table takes a grant on the key, in each region by itself. The
    key's policy must admit the role, or leave it to the account.
    """
    assert deployer.refused_on_key == frozenset()


@pytest.mark.criterion("SEC-1")
def test_table_policy_lets_in_listed_accounts_only(access):
    """
    A table's resource policy MUST NOT let in everyone or an unlisted account.

    Judged statement by statement: a condition counts only if nobody else can meet it,
    and a Deny only if nobody else can escape it.
    """
    assert access.of_table in LISTED_ONLY


@pytest.mark.criterion("SEC-1")
def test_stream_policy_lets_in_listed_accounts_only(access):
    """
    A stream's resource policy MUST NOT let in everyone or an unlisted account.

    A stream has a policy of its own, and carries every item that is written.
    """
    assert access.of_stream in LISTED_ONLY


@pytest.mark.criterion("SEC-1")
def test_access_analyzer_finds_no_public_table(access):
    """
    Access Analyzer MUST NOT find the table's resource policy public.

    A second opinion: AWS reasons about conditions itself.
    """
    assert access.analysed_table in NOT_PUBLIC


@pytest.mark.criterion("SEC-1")
def test_access_analyzer_finds_no_public_stream(access):
    """
    Access Analyzer MUST NOT find the stream's resource policy public.

    A second opinion: AWS reasons about conditions itself.
    """
    assert access.analysed_stream in NOT_PUBLIC


@pytest.mark.criterion("SEC-4")
def test_role_may_do_what_its_service_needs(deployed_service):
    """
    Each application role MUST be allowed what its service needs.

    An explicit deny anywhere outweighs every allow; IAM's simulator sees those of the
    role, and the tables' own policies are added to them.
    """
    assert deployed_service.refused == frozenset()


@pytest.mark.criterion("SEC-4")
def test_role_may_do_nothing_else(deployed_service):
    """
    Each application role MUST be refused everything else on the tables.

    Asked are all actions of DynamoDB on tables, indexes, streams and backups in every
    region of the environment, on other environments' tables, and on tables that its
    policies name; and what destroys recovery points, vaults, plans or keys.
    """
    assert deployed_service.excess == frozenset()


@pytest.mark.criterion("SEC-4")
def test_role_names_what_it_may_do(deployed_service):
    """
    The policies of an application role MUST name DynamoDB actions and tables.

    A wildcard grants what does not exist yet.
    """
    assert deployed_service.wildcards == frozenset()


@pytest.mark.criterion("SEC-4")
def test_application_role_is_assumed_by_its_service_alone(deployed_service):
    """
    An application role MUST NOT trust strangers, nor another service than its own.

    Whoever assumes the role has its rights.
    """
    assert deployed_service.open_trust == frozenset()


@pytest.mark.criterion("SEC-4")
def test_application_role_lets_its_service_in(deployed_service):
    """
    An application role MUST trust the service that acts by it.

    A function whose role cannot be assumed any more fails with its next start.
    """
    assert deployed_service.shut_out == frozenset()


@pytest.mark.criterion("SEC-4")
def test_deploying_role_trusts_named_branches_only(deployer):
    """
    The deploying role MUST trust declared subjects, or named branches only.

    With a wildcard in the token's sub, any repository or branch can deploy. A role of
    IAM Identity Center is assumed by those whom it is assigned to.
    """
    assert deployer.open_trust == frozenset()


@pytest.mark.criterion("SEC-5")
def test_tenant_reaches_its_own_items(tenancy):
    """
    A tenant's session MUST be allowed on items of its own tenant.

    Isolation that refuses everything isolates nothing.
    """
    assert tenancy.refused_of_own == frozenset()


@pytest.mark.criterion("SEC-5")
def test_tenant_reaches_no_others_items(tenancy):
    """
    A tenant's session MUST be refused every access to items of another tenant.

    Also where they are asked for together with its own, and in every region.
    """
    assert tenancy.allowed_of_others == frozenset()


@pytest.mark.criterion("SEC-5")
def test_tenant_cannot_go_around_the_key(tenancy):
    """
    A tenant's session MUST be refused scans, indexes with another key, and the rest.

    A condition on leading keys takes a scan, which has none, for fulfilled. Streams,
    backups, exports and other tables hold the items of all tenants.
    """
    assert tenancy.allowed_past_keys == frozenset()


@pytest.mark.criterion("SEC-6")
def test_vpc_endpoint_is_available(vpc_endpoint):
    """
    The declared VPC MUST have an available endpoint for DynamoDB.

    Without it requests leave the network.
    """
    assert vpc_endpoint.state == "available"


@pytest.mark.criterion("SEC-6")
def test_functions_requests_take_the_endpoint(vpc_endpoint):
    """
    Every declared function MUST reach DynamoDB through the endpoint of a network.

    An endpoint in no route table of theirs is passed by, and so is one without private
    DNS that they do not name. A function outside the networks uses none.
    """
    assert vpc_endpoint.unrouted == frozenset()


@pytest.mark.criterion("SEC-6")
def test_endpoint_policy_is_not_open(vpc_endpoint):
    """
    The endpoint's policy MUST say whose callers, or whose tables, are let through.

    AWS's default policy lets anything of anybody's through. A Deny that does the same
    as a condition counts like it.
    """
    assert vpc_endpoint.open_statements == frozenset()
