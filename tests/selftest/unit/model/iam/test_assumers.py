"""Whom a role's trust policy lets in, and should not."""

import pytest

from conformance.model.errors import NotAssessedError
from conformance.model.iam.assumers import Assumers, open_trust
from conformance.model.iam.strangers import Trusted

OWN, STRANGER = "111122223333", "999988887777"
TRUSTED = Trusted(frozenset({OWN}), frozenset({"o-a1b2c3d4e5"}))
GITHUB = "token.actions.githubusercontent.com"
NOBODY = Assumers()
LAMBDA = Assumers(frozenset({"lambda.amazonaws.com"}))


def trust(principal, **conditions):
    statement = {
        "Sid": "It",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    statement |= {"Condition": conditions} if conditions else {}
    return {"Version": "2012-10-17", "Statement": [statement]}


def by_token(provider, **conditions):
    federated = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{provider}"}
    subjects = {
        operator: {f"{provider}:sub": value} for operator, value in conditions.items()
    }
    return trust(federated, **subjects)


def opened(policy, assumers=NOBODY):
    return open_trust(policy, TRUSTED, assumers)


def test_a_role_is_assumed_by_its_declared_service():
    """Another service, or none that is declared, is a stranger."""
    by_lambda = trust({"Service": "lambda.amazonaws.com"})
    assert opened(by_lambda, LAMBDA) == frozenset()
    both = trust({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})
    (reason,) = opened(both, LAMBDA)
    assert "the service ec2.amazonaws.com" in reason
    assert len(opened(both)) == 2


def test_other_accounts_are_strangers_to_a_role():
    """The own account may assume a role; a Deny takes the others out."""
    assert opened(trust({"AWS": f"arn:aws:iam::{OWN}:root"})) == frozenset()
    assert "everyone" in str(opened(trust("*")))
    assert STRANGER in str(opened(trust({"AWS": f"arn:aws:iam::{STRANGER}:root"})))
    guarded = trust("*")
    outside = {"StringNotEquals": {"aws:PrincipalAccount": OWN}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Condition": outside}
    guarded["Statement"].append(deny)
    assert opened(guarded) == frozenset()


@pytest.mark.parametrize(
    "sub",
    ["repo:bbws/schemas:ref:refs/heads/main", "repo:bbws/schemas:environment:sit"],
)
def test_a_named_branch_or_environment_may_deploy(sub):
    """A token's sub that names repository and branch or environment is narrow."""
    assert opened(by_token(GITHUB, StringEquals=sub)) == frozenset()
    assert opened(by_token(GITHUB, StringLike=[sub])) == frozenset()


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"StringLike": "repo:bbws/schemas:*"},
        {"StringLike": "repo:bbws/*:ref:refs/heads/main"},
        {"StringLike": "repo:bbws/schemas:ref:refs/heads/*"},
        {"StringEquals": "repo:bbws/schemas:pull_request"},
        {"StringEqualsIfExists": "repo:bbws/schemas:ref:refs/heads/main"},
        {"StringNotEquals": "repo:bbws/schemas:ref:refs/heads/main"},
        {"StringLike": ["repo:bbws/schemas:environment:sit", "repo:bbws/schemas:*"]},
    ],
)
def test_any_repository_or_branch_may_not_deploy(conditions):
    """A sub that is absent, optional, negated or has a wildcard is a finding."""
    assert opened(by_token(GITHUB, **conditions)) != frozenset()


SUBJECTS = {
    "gitlab.com": "project_path:bbws/schemas:ref_type:branch:ref:main",
    "app.terraform.io": "organization:bbws:project:db:workspace:sit:run_phase:apply",
    GITHUB: "repo:bbws/schemas:job_workflow_ref:bbws/schemas/deploy.yml@main",
}


@pytest.mark.parametrize("provider", SUBJECTS)
def test_declared_subjects_of_any_provider_may_deploy(provider):
    """Others of the same provider may not, and wildcards only as declared."""
    sub = SUBJECTS[provider]
    before, _, last = sub.rpartition(":")
    declared = Assumers(subjects={provider: (sub,)})
    assert opened(by_token(provider, StringEquals=sub), declared) == frozenset()
    wide = by_token(provider, StringLike=f"{before}:*")
    assert "not declared" in str(opened(wide, declared))
    other = by_token(provider, StringEquals=[sub, f"{before}:x{last}"])
    assert "not declared" in str(opened(other, declared))
    phases = Assumers(subjects={provider: (f"{before}:*",)})
    assert opened(wide, phases) == frozenset()


def test_subjects_that_nobody_declared_are_not_assessed():
    """What a subject of another provider means is the owner's to say."""
    policy = by_token("gitlab.com", StringLike=SUBJECTS["gitlab.com"])
    with pytest.raises(NotAssessedError, match="declare which subjects"):
        opened(policy)
    assert opened(by_token("gitlab.com")) != frozenset()
    assert opened(by_token("gitlab.com", StringLike="*")) != frozenset()


SSO = f"arn:aws:iam::{OWN}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
SIGN_IN = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
KEPT = Assumers(sso=True)


def test_a_role_of_identity_center_is_assumed_by_those_it_is_assigned_to():
    """IAM Identity Center keeps such a role, and nobody else can change its trust."""
    policy = trust({"Federated": SSO}, **SIGN_IN)
    assert opened(policy, KEPT) == frozenset()
    assert opened(policy) != frozenset()
    assert opened(trust({"Federated": SSO}), KEPT) != frozenset()
    elsewhere = trust({"Federated": SSO.replace(OWN, STRANGER)}, **SIGN_IN)
    assert opened(elsewhere, KEPT) != frozenset()
    other = trust({"Federated": f"arn:aws:iam::{OWN}:saml-provider/Okta"}, **SIGN_IN)
    assert "Okta" in str(opened(other, KEPT))
