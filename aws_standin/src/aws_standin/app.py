"""The stand-in: a chain of behaviours, and moto at its end."""

import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from aws_standin import incoming, internal
from aws_standin.accounts import Accounts
from aws_standin.backup.behaviour import Backup
from aws_standin.clock import Clock
from aws_standin.control import PREFIX, Door
from aws_standin.costs import Costs
from aws_standin.dynamodb.encryption import ManagedKeys
from aws_standin.dynamodb.service import DynamoDB
from aws_standin.faults import Faults
from aws_standin.functions import Functions
from aws_standin.health import Health
from aws_standin.iam.analyzer import Analyzer
from aws_standin.iam.enforcement import Enforcement
from aws_standin.iam.simulation import Simulator
from aws_standin.identity import Callers
from aws_standin.linking import Link, Only, behaviours_of, routed
from aws_standin.mappings import Mappings
from aws_standin.regions import OptStatus, Regions
from aws_standin.requestlog import RequestLog
from aws_standin.streaming import Streaming
from aws_standin.streampolicies import StreamPolicies
from aws_standin.trail.service import Trail
from aws_standin.upstream import Moto
from aws_standin.watching.alarms import Alarms
from aws_standin.watching.jobs import Watch
from aws_standin.watching.metrics import MetricData, Metrics
from aws_standin.watching.topics import Topics
from aws_standin.wire import ConnectionReset, Onward, Request, Response, error


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
