"""The stand-in: a chain of behaviours, and moto at its end."""

import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from conformance.standin import incoming, internal
from conformance.standin.accounts import Accounts
from conformance.standin.backup.behaviour import Backup
from conformance.standin.clock import Clock
from conformance.standin.control import PREFIX, Door
from conformance.standin.costs import Costs
from conformance.standin.dynamodb.encryption import ManagedKeys
from conformance.standin.dynamodb.service import DynamoDB
from conformance.standin.faults import Faults
from conformance.standin.functions import Functions
from conformance.standin.health import Health
from conformance.standin.iam.analyzer import Analyzer
from conformance.standin.iam.enforcement import Enforcement
from conformance.standin.iam.simulation import Simulator
from conformance.standin.identity import Callers
from conformance.standin.linking import Link, Only, behaviours_of, routed
from conformance.standin.mappings import Mappings
from conformance.standin.regions import OptStatus, Regions
from conformance.standin.requestlog import RequestLog
from conformance.standin.streaming import Streaming
from conformance.standin.streampolicies import StreamPolicies
from conformance.standin.trail.service import Trail
from conformance.standin.upstream import Moto
from conformance.standin.watching.alarms import Alarms
from conformance.standin.watching.jobs import Watch
from conformance.standin.watching.metrics import MetricData, Metrics
from conformance.standin.watching.topics import Topics
from conformance.standin.wire import (
    ConnectionReset,
    Onward,
    Request,
    Response,
    error,
)


def chain(standin: "StandIn") -> list[Link]:
    """Return all behaviours in the order in which a request meets them.

    This is the one place that knows the order.  A behaviour's class takes the
    stand-in (its `clock`, `door` and `call`) and is added as one line, beside its
    kind: what concerns every service as it is, what concerns some as `Only` those.
    """
    regions = Regions()
    metrics = Metrics(standin)
    callers = Callers(standin)
    watch = Watch(metrics)
    standin.backup.listeners.append(watch.job)
    standin.dynamodb.tables.listeners.append(watch.write)
    return [
        RequestLog(standin.door),
        regions,
        metrics,
        Faults(standin.door),
        Only(("sts", "iam"), standin.accounts),
        Only(("sts", "iam"), callers),
        Trail(standin, callers),
        Enforcement(standin, callers),
        Only(("account",), OptStatus(regions)),
        Only(("backup", "kms"), standin.backup),
        Only(("dynamodb", "dynamodbstreams"), standin.dynamodb),
        Only(("kms",), ManagedKeys(standin.ask_moto)),
        Only(("cloudwatch",), MetricData(metrics)),
        Only(("cloudwatch",), Alarms(standin, metrics)),
        Only(("sns",), Topics(standin)),
        Only(("iam",), Simulator(standin)),
        Only(("accessanalyzer",), Analyzer()),
        Only(("ce", "budgets"), Costs(standin)),
        Only(("lambda",), Functions(standin)),
        Only(("lambda",), Mappings(standin)),
        Only(("route53",), Health()),
        Only(("dynamodb",), Streaming(standin)),
        Only(("dynamodb",), StreamPolicies(standin)),
    ]


class StandIn:
    """The WSGI application.

    `clock`     the stand-in's time
    `door`      the control door: settings and routes
    `accounts`  which account an access key acts for
    `backup`    AWS Backup; whoever is in its `listeners` hears of its jobs
    `dynamodb`  the tables, their journals and settings
    `call`      an API call of the stand-in to itself, through all behaviours
    `ask_moto`  an API call to moto alone
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.door = Door(self.clock)
        self.accounts = Accounts()
        self._moto = Moto()
        self.dynamodb = DynamoDB(self)
        self.backup = Backup(self)
        links = chain(self)
        for one in behaviours_of(links):
            if hasattr(one, "settings"):
                self.door.add_settings(getattr(one, "name"), one.settings)  # noqa: B009 - Behaviour leaves it optional
        self.answer: Onward = routed(links, self._moto.answer, _service)

    def call(
        self, service: str, operation: str, account: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """Make a call to the stand-in itself, from the top of the chain.

        Returns the answer's members, raises `wire.AwsError`.  The call is marked
        `internal`: it is neither counted nor faulted nor authorised.
        """
        asked = internal.request(service, operation, (account, region), parameters)
        return internal.result(asked, self.answer(asked))

    def ask_moto(
        self, service: str, operation: str, account: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """Make a call to moto, past all behaviours; raises `wire.AwsError`."""
        asked = internal.request(service, operation, (account, region), parameters)
        return internal.result(asked, self._moto.answer(asked))

    def _answered(self, request: Request) -> Response:
        """Answer a call; what nobody expected is AWS's InternalFailure, HTTP 500.

        What moto does not implement is NotImplemented, HTTP 501, which no SDK retries.
        """
        try:
            return self.answer(request)
        except ConnectionReset:
            raise
        except NotImplementedError as problem:
            return error(request, "NotImplemented", str(problem), 501)
        except Exception as problem:  # noqa: BLE001 - a server answers
            traceback.print_exc(file=sys.stderr)
            message = f"{request.operation}: {type(problem).__name__}: {problem}"
            return error(request, "InternalFailure", message, 500)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve one HTTP request."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ.get("PATH_INFO", "").startswith(PREFIX):
            response = self.door.answer(environ, body)
        else:
            account_of = self.accounts.account_of
            response = self._answered(incoming.read(environ, body, account_of))
        phrase = HTTPStatus(response.status).phrase
        start_response(f"{response.status} {phrase}", response.headers)
        return [response.body]


def _service(request: Request) -> str:
    return request.service
