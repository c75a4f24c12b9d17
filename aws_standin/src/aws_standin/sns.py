"""SNS subscriptions that wait to be confirmed, and what was delivered to whom.

moto keeps topics and subscriptions; it confirms everything at once. Here e-mail
subscriptions are pending until ConfirmSubscription is called with the token of the
confirmation message, which the control API shows instead of a mailbox. A subscription
that is removed is still listed, with the word Deleted in place of its ARN, until the
same address is subscribed again.

    GET  /_standin/topics/pending    {"pending": [{"SubscriptionArn", "TopicArn",
                                     "Protocol", "Endpoint", "Token"}]}
    GET  /_standin/topics/messages   {"messages": [{"TopicArn", "Subject", "Message",
                                     "MessageId", "Time", "DeliveredTo": [endpoint]}]}

Source: SNS API Reference, Subscribe and ConfirmSubscription.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from aws_standin.behaviour_context import Context
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
CONFIRMED_BY_OWNER = frozenset({"email", "email-json"})
UNREACHABLE = frozenset({"http", "https", "lambda"})
"""moto would really post to them, or run them in docker; the stand-in does neither."""
ARN = re.compile(r"<SubscriptionArn>([^<]+)</SubscriptionArn>")
_NOBODY = ("PendingConfirmation", "Deleted")
"""The text in place of the ARN of a subscription that gets no message."""
MESSAGE_ID = re.compile(rb"<MessageId>([^<]+)</MessageId>")


@dataclass
class Settings:
    """The settings of the topics."""

    confirm_at_once: bool = False
    """True when e-mail subscriptions are confirmed as soon as they are made."""


class Topics:
    """Holds e-mail subscriptions back, and remembers what was published."""

    name = "topics"

    def __init__(self, standin: Context) -> None:
        self.settings = Settings()
        self._standin = standin
        self._lock = threading.Lock()
        self._pending: dict[str, Members] = {}
        self._deleted: set[str] = set()
        self._messages: list[Members] = []
        self._operations: dict[str, Callable[[Request, Onward], Response]] = {
            "Subscribe": self._subscribe,
            "ConfirmSubscription": self._confirm,
            "Unsubscribe": self._unsubscribe,
            "ListSubscriptions": self._list,
            "ListSubscriptionsByTopic": self._list,
            "GetSubscriptionAttributes": self._attributes,
            "GetTopicAttributes": self._counts,
            "Publish": self._publish,
        }
        standin.control_api.route("GET", "topics/pending", self._show_pending)
        standin.control_api.route("GET", "topics/messages", self._show_messages)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer what is about subscriptions; pass on the rest."""
        operation = self._operations.get(request.operation)
        if request.service != "sns" or not operation:
            return onward(request)
        return operation(request, onward)

    def _show_pending(self, _: Members) -> Members:
        """Show the subscriptions that wait, with the tokens that confirm them."""
        return {"pending": list(self._pending.values())}

    def _show_messages(self, _: Members) -> Members:
        """Show every message that was published, and who got it."""
        return {"messages": list(self._messages)}

    def _subscribe(self, request: Request, onward: Onward) -> Response:
        given = parameters.of(request)
        if given["Protocol"] in UNREACHABLE:
            raise AwsError(
                "InvalidParameter",
                "Invalid parameter: the stand-in delivers to no endpoint over HTTP "
                "and to no function",
            )
        self._forget_deleted(request, given)
        response = onward(request)
        found = ARN.search(response.body.decode())
        waits = given["Protocol"] in CONFIRMED_BY_OWNER
        if not found or not waits or self.settings.confirm_at_once:
            return response
        arn = found[1]
        with self._lock:
            self._pending[arn] = {
                "SubscriptionArn": arn,
                "TopicArn": given["TopicArn"],
                "Protocol": given["Protocol"],
                "Endpoint": given["Endpoint"],
                "Token": uuid4().hex,
            }
        if given.get("ReturnSubscriptionArn"):
            return response
        return answer(request, {"SubscriptionArn": "pending confirmation"})

    def _confirm(self, request: Request, _: Onward) -> Response:
        given = parameters.of(request)
        with self._lock:
            for arn, one in self._pending.items():
                if (one["TopicArn"], one["Token"]) == (
                    given["TopicArn"],
                    given["Token"],
                ):
                    del self._pending[arn]
                    return answer(request, {"SubscriptionArn": arn})
        raise AwsError("InvalidParameter", "Invalid parameter: Token")

    def _unsubscribe(self, request: Request, onward: Onward) -> Response:
        """Forget it at once if it waits; otherwise go on listing it for a while."""
        arn = parameters.of(request)["SubscriptionArn"]
        if request.internal or arn in self._pending or not self._is_there(request, arn):
            self._pending.pop(arn, None)
            return onward(request)
        self._deleted.add(arn)
        return answer(request, {})

    def _is_there(self, request: Request, arn: str) -> bool:
        topic = arn.rpartition(":")[0]
        return any(one["SubscriptionArn"] == arn for one in self._of(request, topic))

    def _forget_deleted(self, request: Request, given: Members) -> None:
        """Remove what is deleted from moto, which has an address once in a topic."""
        prefix = given["TopicArn"] + ":"
        for arn in [one for one in self._deleted if one.startswith(prefix)]:
            account, region = request.account, request.region
            subscribed = self._standin.call(
                "sns", "GetSubscriptionAttributes", account, region, SubscriptionArn=arn
            )["Attributes"]
            if subscribed["Endpoint"] == given["Endpoint"]:
                self._deleted.discard(arn)
                self._standin.call(
                    "sns", "Unsubscribe", account, region, SubscriptionArn=arn
                )

    def _shown(self, arn: str) -> str:
        if arn in self._deleted:
            return "Deleted"
        return "PendingConfirmation" if arn in self._pending else arn

    def _list(self, request: Request, onward: Onward) -> Response:
        def shown(found: re.Match[str]) -> str:
            arn = self._shown(found[1])
            return f"<SubscriptionArn>{arn}</SubscriptionArn>"

        return _edited(onward(request), lambda text: ARN.sub(shown, text))

    def _attributes(self, request: Request, onward: Onward) -> Response:
        arn = parameters.of(request)["SubscriptionArn"]
        if arn in self._deleted and not request.internal:
            raise AwsError("NotFound", "Subscription does not exist", 404)
        waits = arn in self._pending
        return _edited(
            onward(request),
            lambda text: _with_value(text, "PendingConfirmation", str(waits).lower()),
        )

    def _counts(self, request: Request, onward: Onward) -> Response:
        response = onward(request)
        if not response.ok:
            return response
        arns = [one["SubscriptionArn"] for one in self._subscriptions(request)]
        pending, deleted = map(arns.count, _NOBODY)
        confirmed = len(arns) - pending - deleted

        def counted(text: str) -> str:
            text = _with_value(text, "SubscriptionsPending", str(pending))
            text = _with_value(text, "SubscriptionsDeleted", str(deleted))
            return _with_value(text, "SubscriptionsConfirmed", str(confirmed))

        return _edited(response, counted)

    def _publish(self, request: Request, onward: Onward) -> Response:
        response = onward(request)
        given = parameters.of(request)
        topic = given.get("TopicArn") or given.get("TargetArn")
        number = MESSAGE_ID.search(response.body)
        if topic and number:
            receivers = [
                one["Endpoint"]
                for one in self._subscriptions(request)
                if one["SubscriptionArn"] not in _NOBODY
            ]
            self._messages.append(
                {
                    "TopicArn": topic,
                    "Subject": given.get("Subject"),
                    "Message": given["Message"],
                    "MessageId": number[1].decode(),
                    "Time": self._standin.clock.now().isoformat(),
                    "DeliveredTo": receivers,
                }
            )
        return response

    def _subscriptions(self, request: Request) -> list[Members]:
        given = parameters.of(request)
        return self._of(request, given.get("TopicArn") or given["TargetArn"])

    def _of(self, request: Request, topic: str) -> list[Members]:
        found: list[Members] = []
        token: Members = {}
        while True:
            page = self._standin.call(
                "sns",
                "ListSubscriptionsByTopic",
                request.account,
                request.region,
                TopicArn=topic,
                **token,
            )
            found += page["Subscriptions"]
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}


def _edited(response: Response, edit: Callable[[str], str]) -> Response:
    if not response.ok:
        return response
    body = edit(response.body.decode()).encode()
    return replace(response, body=body)


def _with_value(text: str, key: str, value: str) -> str:
    """Set one entry of an Attributes map in an XML answer."""
    entry = rf"(<key>{key}</key>\s*<value>)[^<]*(</value>)"
    return re.sub(entry, rf"\g<1>{value}\g<2>", text)
