"""The stand-in: a chain of behaviours, and moto at its end."""

import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from aws_standin.access_keys import Accounts
from aws_standin.account_regions import OptStatus, Regions
from aws_standin.awslambda.event_source_mappings import Mappings
from aws_standin.awslambda.function_networks import FunctionNetworks
from aws_standin.awslambda.functions import Functions
from aws_standin.backup.operations import Backup
from aws_standin.clock import Clock
from aws_standin.cloudtrail.service import Trail
from aws_standin.cloudwatch.alarms import Alarms
from aws_standin.cloudwatch.job_metrics import JobMetrics
from aws_standin.cloudwatch.metrics import MetricData, Metrics
from aws_standin.control_api import PREFIX, ControlApi
from aws_standin.cost_management import CostManagement
from aws_standin.dynamodb.encryption import ManagedKeys
from aws_standin.dynamodb.kinesis_destinations import KinesisDestinations
from aws_standin.dynamodb.service import DynamoDB
from aws_standin.dynamodb.stream_policies import StreamPolicies
from aws_standin.faults import Faults
from aws_standin.iam.access_analyzer import Analyzer
from aws_standin.iam.callers import Callers
from aws_standin.iam.enforcement import Enforcement
from aws_standin.iam.policy_simulator import Simulator
from aws_standin.moto_backend import Moto
from aws_standin.pricing import PriceList
from aws_standin.protocols import internal_calls, request_reader
from aws_standin.protocols.messages import (
    ConnectionReset,
    Onward,
    Request,
    Response,
    error,
)
from aws_standin.request_chain import Link, Only, behaviours_of, routed
from aws_standin.request_log import RequestLog
from aws_standin.route53 import HealthChecks
from aws_standin.sns import Topics


def chain(standin: "StandIn") -> list[Link]:
    """Return all behaviours in the order in which a request meets them.

    This is the one place that knows the order.  A behaviour's class takes the
    stand-in (its `clock`, `control_api` and `call`) and is added as one line, beside
    its kind: what concerns every service as it is, what concerns some as `Only` those.
    """
    regions = Regions()
    metrics = Metrics(standin)
    callers = Callers(standin)
    watch = JobMetrics(metrics)
    standin.backup.listeners.append(watch.job)
    standin.dynamodb.tables.listeners.append(watch.write)
    return [
        RequestLog(standin.control_api),
        regions,
        metrics,
        Faults(standin.control_api),
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
        Only(("ce", "budgets"), CostManagement(standin)),
        Only(("pricing",), PriceList()),
        Only(("lambda",), FunctionNetworks(standin)),
        Only(("lambda",), Functions(standin)),
        Only(("lambda",), Mappings(standin)),
        Only(("route53",), HealthChecks(standin)),
        Only(("dynamodb",), KinesisDestinations(standin)),
        Only(("dynamodb",), StreamPolicies(standin)),
    ]


class StandIn:
    """The WSGI application.

    `clock`     the stand-in's time
    `control_api`      the control API: settings and routes
    `accounts`  which account an access key acts for
    `backup`    AWS Backup; whoever is in its `listeners` hears of its jobs
    `dynamodb`  the tables, their journals and settings
    `call`      an API call of the stand-in to itself, through all behaviours
    `ask_moto`  an API call to moto alone
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.control_api = ControlApi(self.clock)
        self.accounts = Accounts()
        self._moto = Moto()
        self.dynamodb = DynamoDB(self)
        self.backup = Backup(self)
        links = chain(self)
        for one in behaviours_of(links):
            if hasattr(one, "settings"):
                self.control_api.add_settings(getattr(one, "name"), one.settings)  # noqa: B009 - Behaviour leaves it optional
        self.answer: Onward = routed(links, self._moto.answer, _service)

    def call(
        self, service: str, operation: str, account: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """Make a call to the stand-in itself, from the top of the chain.

        Returns the answer's members, raises `wire.AwsError`.  The call is marked
        `internal`: it is neither counted nor faulted nor authorised.
        """
        asked = internal_calls.request(
            service, operation, (account, region), parameters
        )
        return internal_calls.result(asked, self.answer(asked))

    def ask_moto(
        self, service: str, operation: str, account: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """Make a call to moto, past all behaviours; raises `wire.AwsError`."""
        asked = internal_calls.request(
            service, operation, (account, region), parameters
        )
        return internal_calls.result(asked, self._moto.answer(asked))

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
            response = self.control_api.answer(environ, body)
        else:
            account_of = self.accounts.account_of
            response = self._answered(request_reader.read(environ, body, account_of))
        phrase = HTTPStatus(response.status).phrase
        start_response(f"{response.status} {phrase}", response.headers)
        return [response.body]


def _service(request: Request) -> str:
    return request.service
