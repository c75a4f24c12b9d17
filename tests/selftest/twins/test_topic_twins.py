"""A link between an alarm and a person is broken, doubtful, or good in another way."""

import json

import pytest

from tests.selftest.twins.monitoring_env import RecordedMonitoring

TOPIC = "MON-3 devops"
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
DEFAULT_KEY_USERS = {"AWS": "arn:aws:iam::111122223333:root"}


def allow(principal=CLOUDWATCH, action="sns:Publish", **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return statement | {"Resource": "*", "Condition": condition}


def with_policy(*statements):
    """Return the change that gives the topic this policy."""

    def change(watched):
        watched.attributes["Policy"] = json.dumps({"Statement": list(statements)})

    return change


def with_key(*statements, **metadata):
    """Return the change that encrypts the topic with a key of this policy."""

    def change(watched):
        account, region = watched.environment.account, watched.region
        arn = f"arn:aws:kms:{region}:{account}:key/{KEY}"
        watched.attributes["KmsMasterKeyId"] = KEY
        described = {
            "Arn": arn,
            "KeyManager": "CUSTOMER",
            "KeyState": "Enabled",
            "KeySpec": "SYMMETRIC_DEFAULT",
        }
        answer = {"KeyMetadata": described | metadata}
        watched.answers.add("kms", region, "DescribeKey", answer, KeyId=KEY)
        policy = {"Policy": json.dumps({"Statement": list(statements)})}
        watched.answers.add(
            "kms", region, "GetKeyPolicy", policy, KeyId=arn, PolicyName="default"
        )

    return change


KEY_USE = allow(action=["kms:Decrypt", "kms:GenerateDataKey*"])


def with_subscriber(**attributes):
    """Return the change that gives the subscription other attributes."""

    def change(watched):
        watched.subscribed.update(attributes)

    return change


def reached_by(protocol, endpoint):
    """Return the change that gives the subscription another protocol."""

    def change(watched):
        watched.subscription.update(Protocol=protocol, Endpoint=endpoint)

    return change


def filtered(scope, **rules):
    return with_subscriber(FilterPolicyScope=scope, FilterPolicy=json.dumps(rules))


def _everybody_left(watched):
    watched.subscription["SubscriptionArn"] = "Deleted"


def _nobody_came(watched):
    watched.answers["ListSubscriptionsByTopic", watched.topic]["Subscriptions"].clear()


def _unsubscribed_beside_another(watched):
    listed = watched.answers["ListSubscriptionsByTopic", watched.topic]
    gone = {"SubscriptionArn": "Deleted", "Endpoint": "old@demo.internal"}
    listed["Subscriptions"].insert(0, watched.subscription | gone)


def _queue_beside_a_person(watched):
    listed = watched.answers["ListSubscriptionsByTopic", watched.topic]
    queue = {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:eu-west-1:1:archive"}
    listed["Subscriptions"].insert(0, watched.subscription | queue)


def _history(watched, *summaries):
    items = watched.answers["DescribeAlarmHistory"]["AlarmHistoryItems"]
    items[:] = [
        {
            "AlarmName": "user_errors account and region",
            "Timestamp": watched.answers.now,
            "HistoryItemType": "Action",
            "HistorySummary": summary.format(topic=watched.topic),
        }
        for summary in summaries
    ]


FAILED = "Failed to execute action {topic}. Received error: not authorized"
DONE = "Successfully executed action {topic}"

# What is changed, and what the finding of the topic says.
BROKEN = {
    "another service admitted": (
        with_policy(allow({"Service": "events.amazonaws.com"})),
        "no statement allows cloudwatch.amazonaws.com sns:Publish",
    ),
    "a deny": (
        with_policy(allow(), allow("*") | {"Effect": "Deny", "Sid": "No"}),
        "statement No denies cloudwatch.amazonaws.com",
    ),
    "alarms of another account admitted": (
        with_policy(allow(StringEquals={"aws:SourceAccount": "999900001111"})),
        "no statement allows",
    ),
    "one alarm admitted": (
        with_policy(allow(ArnLike={"aws:SourceArn": "arn:aws:cloudwatch:*:*:user_*"})),
        "no statement allows",
    ),
    "the AWS-managed key by its alias": (
        lambda watched: watched.attributes.update(KmsMasterKeyId="alias/aws/sns"),
        "AWS-managed key",
    ),
    "the AWS-managed key by its id": (
        with_key(KEY_USE, KeyManager="AWS"),
        "AWS-managed key",
    ),
    "a key that does not admit CloudWatch": (
        with_key(allow(DEFAULT_KEY_USERS, "kms:*")),
        "no statement allows cloudwatch.amazonaws.com kms:Decrypt",
    ),
    "a key that admits half of it": (
        with_key(allow(action="kms:Decrypt")),
        "cloudwatch.amazonaws.com kms:GenerateDataKey",
    ),
    "a key to be deleted": (
        with_key(KEY_USE, KeyState="PendingDeletion"),
        "is PendingDeletion",
    ),
    "a key that is disabled": (with_key(KEY_USE, KeyState="Disabled"), "is Disabled"),
    "an asymmetric key": (with_key(KEY_USE, KeySpec="RSA_2048"), "RSA_2048"),
    "a FIFO topic": (
        lambda watched: watched.attributes.update(FifoTopic="true"),
        "queues alone",
    ),
    "the subscription deleted": (_everybody_left, "has unsubscribed"),
    "no subscription": (_nobody_came, "nobody is subscribed"),
    "a filter on attributes": (
        with_subscriber(FilterPolicy='{"kind": ["alarm"]}'),
        "its filter of MessageAttributes drops the message",
    ),
    "a filter of what is over": (
        filtered("MessageBody", NewStateValue=["OK"]),
        "its filter of MessageBody drops the message",
    ),
    "a filter of some alarms": (
        filtered(
            "MessageBody",
            AlarmName=[{"anything-but": ["user_errors account and region"]}],
        ),
        "drops the message",
    ),
}
DOUBTFUL = {
    "an address admitted": (
        with_policy(allow(IpAddress={"aws:SourceIp": "203.0.113.0/24"})),
        "IpAddress aws:sourceip",
    ),
    "a key of another account": (
        lambda watched: watched.attributes.update(
            KmsMasterKeyId=f"arn:aws:kms:eu-west-1:999900001111:key/{KEY}"
        ),
        "of account 999900001111, whose key policies cannot be read",
    ),
    "a key by way of SNS": (
        with_key(KEY_USE | {"Condition": {"StringEquals": {"kms:ViaService": "sns"}}}),
        "kms:viaservice",
    ),
    "a queue alone": (
        reached_by("sqs", "arn:aws:sqs:eu-west-1:111122223333:alarms"),
        "who reads it cannot be read",
    ),
    "a function alone": (
        reached_by("lambda", "arn:aws:lambda:eu-west-1:111122223333:function:chat"),
        "whom it tells cannot be read",
    ),
    "a protocol that nobody knows": (reached_by("fax", "+1"), "fax"),
    "a filter that nobody knows": (
        filtered("MessageBody", Trigger={"MetricName": ["UserErrors"]}),
        "Trigger",
    ),
    "an attribute of a subscription that nobody knows": (
        with_subscriber(QuietHours="22-06"),
        "QuietHours 22-06",
    ),
    "an attribute of the topic that nobody knows": (
        lambda watched: watched.attributes.update(MaximumMessageSize="1024"),
        "MaximumMessageSize 1024",
    ),
    "a publish that failed": (
        lambda watched: _history(watched, FAILED, DONE),
        "the last publish failed, and nothing shows why",
    ),
}
GOOD = {
    "CloudWatch admitted for the own account": with_policy(
        allow(
            StringLike={"aws:SourceAccount": "*"},
            Bool={"aws:SecureTransport": "true"},
        )
    ),
    "the own key": with_key(KEY_USE),
    "the own key, for this topic": with_key(
        allow(DEFAULT_KEY_USERS, "kms:*"),
        KEY_USE
        | {
            "Condition": {"StringLike": {"kms:EncryptionContext:aws:sns:topicArn": "*"}}
        },
    ),
    "a filter that lets alarms pass": filtered(
        "MessageBody", NewStateValue=["ALARM", "OK"]
    ),
    "a web hook": reached_by("https", "https://events.pager.internal/key"),
    "one who left beside one who is there": _unsubscribed_beside_another,
    "a queue beside a person": _queue_beside_a_person,
    "a log of deliveries": lambda watched: watched.attributes.update(
        HTTPSuccessFeedbackRoleArn="arn", MaximumMessageSize="262144"
    ),
    "a dead-letter queue": with_subscriber(RedrivePolicy="{}"),
    "a publish that failed before": lambda watched: _history(watched, DONE, FAILED),
    "a publish to another topic that failed": lambda watched: _history(
        watched, FAILED.format(topic="{topic}-old")
    ),
}


def _judged(sit, change):
    watched = RecordedMonitoring(sit)
    change(watched)
    return sit.judge(watched.answers, "MON-2", "MON-3", "MON-4")


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_link_fails_once(sit, what):
    """One finding of the topic names the link, and no alarm fails beside it."""
    change, said = BROKEN[what]
    judged = _judged(sit, change)
    assert judged == {TOPIC: "FAIL"}
    assert said in judged.reasons(TOPIC)[0]


@pytest.mark.parametrize("what", DOUBTFUL)
def test_a_link_that_is_not_understood_is_not_assessed(sit, what):
    """The finding names what was not understood."""
    change, said = DOUBTFUL[what]
    judged = _judged(sit, change)
    assert judged == {TOPIC: "NOT_ASSESSED"}
    assert said in judged.reasons(TOPIC)[0]


@pytest.mark.parametrize("what", GOOD)
def test_an_ordinary_topic_passes(sit, what):
    """What people set up with good reason is not flagged."""
    assert _judged(sit, GOOD[what]) == {}


def test_a_webhook_is_named_without_its_path(sit):
    """The path of a webhook is its password, and no finding shows it."""
    watched = RecordedMonitoring(sit)
    reached_by("https", "https://hooks.chat.internal/secret-path")(watched)
    watched.subscription["SubscriptionArn"] = "PendingConfirmation"
    (reason,) = sit.judge(watched.answers, "MON-3").reasons(TOPIC)
    assert "https://hooks.chat.internal/… has not confirmed" in reason
    assert "secret-path" not in reason


@pytest.mark.parametrize(
    "operation",
    ["GetSubscriptionAttributes", "DescribeAlarmHistory", "GetTopicAttributes"],
)
def test_a_link_that_is_denied_is_an_error(sit, operation):
    """What may not be read proves nothing."""
    answers = sit.answers()
    answers.fail(operation)
    assert sit.judge(answers, "MON-3") == {TOPIC: "ERROR"}
