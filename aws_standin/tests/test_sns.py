"""Subscriptions of people are pending until they are confirmed."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sns(client, account):
    return client("sns", account=account)


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alarms")["TopicArn"]


def token(control, topic):
    pending = control("topics/pending")["pending"]
    return next(one["Token"] for one in pending if one["TopicArn"] == topic)


def received(control, topic):
    return [
        (one["Message"], one["DeliveredTo"])
        for one in control("topics/messages")["messages"]
        if one["TopicArn"] == topic
    ]


def counts(sns, topic):
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    return found["SubscriptionsPending"], found["SubscriptionsConfirmed"]


def test_an_email_subscription_is_pending(sns, topic):
    """Subscribing an e-mail address answers "pending confirmation" and is listed so.

    botocore model, Subscribe, SubscriptionArn; SNS Developer Guide, "Creating a
    subscription".
    """
    made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    assert made["SubscriptionArn"] == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    assert counts(sns, topic) == ("1", "0")


def test_the_token_confirms(sns, topic, control):
    """ConfirmSubscription with the token answers the subscription's ARN.

    botocore model, ConfirmSubscription.
    """
    made = sns.subscribe(
        TopicArn=topic,
        Protocol="email",
        Endpoint="a@example.org",
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    sns.confirm_subscription(TopicArn=topic, Token=token(control, topic))
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == made
    assert counts(sns, topic) == ("0", "1")


def test_a_wrong_token_confirms_nothing(sns, topic):
    """ConfirmSubscription refuses a token that it has not sent.

    botocore model, ConfirmSubscription, InvalidParameterException.
    """
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.confirm_subscription(TopicArn=topic, Token="guessed")  # noqa: S106 - it is wrong
    assert counts(sns, topic) == ("1", "0")


def test_nobody_unconfirmed_gets_a_message(sns, topic, control):
    """Messages go to confirmed subscriptions only.

    SNS Developer Guide, "Creating a subscription": "the endpoint must confirm the
    subscription before Amazon SNS can deliver messages".
    """
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    sns.publish(TopicArn=topic, Message="one")
    sns.confirm_subscription(TopicArn=topic, Token=token(control, topic))
    sns.publish(TopicArn=topic, Message="two")
    assert received(control, topic) == [("one", []), ("two", ["a@example.org"])]


def test_a_queue_needs_no_confirmation(sns, topic, client, account):
    """A queue of the same account is subscribed at once, and gets the message.

    SNS Developer Guide, "Subscribing an Amazon SQS queue to an Amazon SNS topic".
    """
    sqs = client("sqs", account=account)
    url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = f"arn:aws:sqs:eu-west-1:{account}:alarms"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert counts(sns, topic) == ("0", "1")
    sns.publish(TopicArn=topic, Message="hello")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("https", "https://example.org"),
        ("lambda", "arn:aws:lambda:eu-west-1:111122223333:function:page"),
    ],
)
def test_nothing_outside_is_ever_called(sns, topic, protocol, endpoint):
    """The stand-in refuses subscriptions that would make it call an endpoint.

    SNS would accept it (botocore model, Subscribe): a documented difference.
    """
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def test_a_removed_subscription_is_listed_as_deleted(sns, topic, control):
    """Unsubscribe leaves the address in the list, with Deleted in place of the ARN.

    SNS lists it so for a while; a new subscription of the address ends that here.
    """
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    arn = sns.confirm_subscription(TopicArn=topic, Token=token(control, topic))
    sns.unsubscribe(SubscriptionArn=arn["SubscriptionArn"])
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (listed["SubscriptionArn"], counts(sns, topic)) == ("Deleted", ("0", "0"))
    sns.publish(TopicArn=topic, Message="one")
    assert received(control, topic) == [("one", [])]
    with pytest.raises(ClientError, match="NotFound"):
        sns.get_subscription_attributes(SubscriptionArn=arn["SubscriptionArn"])
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
