"""Every answer in XML is read back by botocore as it was given."""

import functools
from collections import Counter
from datetime import UTC, datetime

import botocore.session
import pytest
from botocore.parsers import create_parser

from aws_standin.protocols import xml

PROTOCOLS = ("query", "ec2", "rest-xml")
SERVICES = ("cloudwatch", "ec2", "iam", "route53", "s3", "sns", "sts")
"""The services of these protocols that the conformance suite calls."""
SCALARS = {
    "string": 'a <text> & "more"',
    "character": "a",
    "integer": 7,
    "long": 2**40,
    "float": 1.5,
    "double": 0.25,
    "boolean": True,
    "timestamp": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    "blob": b"\x00bytes\xff",
}
DEEP = 4
"""The depth from which lists have one member: the examples double at every level."""
STREAMED = {
    "s3": {
        "GetObject",
        "GetObjectAnnotation",
        "GetObjectTorrent",
        "SelectObjectContent",
    }
}
"""The answers that are no XML document."""
READ_ELSEWHERE = {("s3", "GetBucketLocation")}
"""botocore reads this answer in a handler, and its parser finds nothing in it."""


@functools.cache
def model_of(service):
    """Return botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def example(shape, above=()):
    """Return a value of the shape with every member; None below a recursion."""
    if shape.name in above:
        return None
    within = (*above, shape.name)
    match shape.type_name:
        case "structure":
            members = {
                name: example(member, within)
                for name, member in distinct_members(shape).items()
            }
            return {name: value for name, value in members.items() if value is not None}
        case "list":
            value = example(shape.member, within)
            times = 2 if len(within) < DEEP else 1
            return [] if value is None else [value] * times
        case "map":
            value = example(shape.value, within)
            return {} if value is None else {example(shape.key, within): value}
        case "string" if shape.enum:
            return shape.enum[0]
    return SCALARS[shape.type_name]


def distinct_members(shape):
    """Return the members that can stand side by side.

    A union has one member at a time.  Of two members with the same element, the
    parser cannot tell which one was written.
    """
    members = shape.members
    if shape.is_tagged_union:
        return dict(list(members.items())[:1])
    elements = Counter(element_of(name, member) for name, member in members.items())
    return {
        name: member
        for name, member in members.items()
        if elements[element_of(name, member)] == 1
    }


def element_of(name, shape):
    """Return the element that a member is written as."""
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        own = shape.member.serialization.get("name")
        return shape.serialization.get("name", own or name)
    return shape.serialization.get("name", name)


def operations(services):
    """List (service, protocol, operation) of every XML protocol they speak."""
    models = [model_of(service) for service in services]
    return [
        (model.service_name, protocol, operation)
        for model in models
        for protocol in model.metadata.get("protocols", [model.metadata["protocol"]])
        if protocol in PROTOCOLS
        for operation in model.operation_names
    ]


def read_back(service, protocol, operation):
    """Write an example of the operation's answer; return both as (given, read)."""
    shape = model_of(service).operation_model(operation).output_shape
    given = example(shape) if shape else {}
    headers, body = xml.result((service, operation, protocol), given, "an-id")
    answer = {"headers": dict(headers), "status_code": 200, "body": body}
    read = create_parser(protocol).parse(answer, shape)
    read.pop("ResponseMetadata", None)
    return given, read


@pytest.mark.parametrize("service", SERVICES)
def test_botocore_reads_every_answer_as_it_was_given(service):
    """Every operation's answer MUST be read as given, or refused in one line."""
    refusals = {}
    for name, protocol, operation in operations([service]):
        try:
            given, read = read_back(name, protocol, operation)
        except NotImplementedError as refusal:
            refusals[operation] = str(refusal)
            continue
        if (name, operation) not in READ_ELSEWHERE:
            assert read == given, operation
    assert set(refusals) == STREAMED.get(service, set())
    assert not any("\n" in words for words in refusals.values())


@pytest.mark.parametrize("service", ["autoscaling", "elasticache"])
def test_services_that_the_suite_does_not_call_are_written_as_well(service):
    """Maps, flattened lists and named elements occur in other query services."""
    for _, protocol, operation in operations([service]):
        given, read = read_back(service, protocol, operation)
        assert read == given, operation


def test_a_member_that_the_answer_does_not_have_is_named():
    """A misspelt member MUST be refused: the serializer would leave it out."""
    call = ("sns", "ListTopics", "query")

    with pytest.raises(ValueError, match=r"sns:ListTopics.Topics has no member Arn"):
        xml.result(call, {"Topics": [{"Arn": "a"}]}, "an-id")


def test_an_unknown_operation_is_named():
    """The model decides the form, so an operation without one MUST be refused."""
    with pytest.raises(NotImplementedError, match="no operation sns:Sing"):
        xml.result(("sns", "Sing", "query"), {}, "an-id")


@pytest.mark.parametrize(
    ("service", "protocol"),
    [("sns", "query"), ("ec2", "ec2"), ("s3", "rest-xml"), ("route53", "rest-xml")],
)
def test_an_error_is_read_as_it_was_given(service, protocol):
    """An error MUST keep its code and message in each protocol."""
    body = xml.failure(service, ("Throttled", "a <b> & c", "Sender"), "an-id")

    answer = {"headers": {}, "status_code": 400, "body": body}
    read = create_parser(protocol).parse(answer, None)

    assert read["Error"]["Code"] == "Throttled"
    assert read["Error"]["Message"] == "a <b> & c"
