"""The only clients of AWS: explicit credentials, the interlock, a record of all."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import get_cert_path

from conformance.aws.denials import DENIED, right_in
from conformance.aws.endpoint_check import require_endpoint
from conformance.aws.interlock import Interlock
from conformance.aws.members import Members, answered
from conformance.aws.place_guard import check_host
from conformance.aws.recorder import Recorder
from conformance.aws.redaction import redacted
from conformance.aws.sessions import session_of
from conformance.aws.settings_digest import settings_digest
from conformance.config.environment import Environment
from conformance.model.errors import (
    NotAssessedError,
    RefusedError,
    UnreadableError,
)
from conformance.model.finding import Observation
from conformance.model.table import Table

_AUTHORITIES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
)
"""Variables of the shell by which botocore, or Python, trusts other authorities."""
PUBLIC_AUTHORITIES: str = get_cert_path(True)
"""The file of the authorities that everybody trusts, as botocore ships it."""
_ATTEMPTS = {
    # Reads wait out throttling. Writes are sent once: a repeated conditional write
    # meets its own first attempt and would be counted as lost.
    "read": {"mode": "adaptive", "total_max_attempts": 8},
    "write": {"mode": "standard", "total_max_attempts": 1},
    "scan": {"mode": "adaptive", "total_max_attempts": 8},
}


SDK_ERRORS = (ClientError, BotoCoreError, OSError, ValueError)
"""The errors of a request: providers of credentials raise the latter two.

A `credential_process` that prints no JSON is a JSONDecodeError, one that is not there
a FileNotFoundError (botocore.credentials.ProcessProvider).
"""


@dataclass(frozen=True)
class Caller:
    """The owner of the credentials."""

    account: str
    arn: str


class AwsError(UnreadableError):
    """An answer of AWS that is an error, with its code."""

    def __init__(self, message: str, code: str) -> None:
        """Keep the code beside the message."""
        super().__init__(message)
        self.code = code


class AwsClients:
    """The boto3 clients of an environment; they send only what the interlock passes."""

    def __init__(
        self,
        environment: Environment,
        tables: Mapping[str, Table],
        recorder: Recorder,
        functions: frozenset[str] = frozenset(),
    ) -> None:
        """Take the credentials that the environment names; nothing is sent yet."""
        self.environment = environment
        self.recorder = recorder
        self._interlock = Interlock(environment, tables, functions)
        self.session = session_of(environment)
        """The boto3 session: no client of its own making passes the interlock."""
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()
        self._passed = threading.local()
        """The last request of each thread that the interlock let pass."""

    def client(self, service: str, region: str, use: str = "read") -> Any:
        """Make a boto3 client; `use` is `read` (retries), `write` (one try) or `scan`.

        What `scan` reads are items as they are on the wire, see `_unparsed`.

        Raises:
            NotAssessedError: a target that is no AWS has no endpoint for the service.
        """
        with self._lock:
            name = (service, region, use)
            if name not in self._clients:
                config = Config(retries=_ATTEMPTS[use])
                self._clients[name] = self._make_client(service, region, config)
                if use == "scan":
                    events = self._clients[name].meta.events
                    events.register("before-parse.dynamodb.Scan", _unparsed)
            return self._clients[name]

    def ask(
        self, service: str, region: str, operation: str, **parameters: Any
    ) -> Members:
        """Return the answer to one request, with all its pages if AWS pages it.

        Raises:
            AwsError: AWS answered with an error.
            UnreadableError: AWS did not answer, or not in the documented types.
        """
        client = self.client(service, region)
        method = client.meta.method_to_api_mapping
        name = next(key for key, value in method.items() if value == operation)
        try:
            if client.can_paginate(name):
                pages = client.get_paginator(name).paginate(**parameters)
                # botocore gives None for what the last page lacks.
                joined = pages.build_full_result()
                answer = {k: v for k, v in joined.items() if v is not None}
            else:
                answer = getattr(client, name)(**parameters)
        except SDK_ERRORS as problem:
            raise unreadable(f"{service}:{operation} in {region}", problem) from None
        shape = client.meta.service_model.operation_model(operation).output_shape
        return answered(f"{service}:{operation} in {region}", answer, shape)

    def send(
        self,
        service: str,
        region: str,
        method: str,
        use: str = "write",
        **parameters: Any,
    ) -> Members:
        """Send a request by a client of this use; once, unless it only reads.

        Raises:
            AwsError: AWS refused it.
            UnreadableError: AWS did not answer, or not in the documented types.
        """
        client = self.client(service, region, use)
        table = parameters.get("TableName")
        request = (
            f"{method} on {table} in {region}" if table else f"{method} in {region}"
        )
        try:
            answer = getattr(client, method)(**parameters)
        except SDK_ERRORS as problem:
            raise unreadable(request, problem) from None
        operation = client.meta.method_to_api_mapping[method]
        shape = client.meta.service_model.operation_model(operation).output_shape
        return answered(request, answer, shape)

    def caller(self, region: str) -> Caller:
        """Return the caller as that region's STS names it; ask once, quickly.

        Raises:
            BotoCoreError, ClientError: as boto3 raises them.
        """
        config = Config(
            connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 1}
        )
        client = self._make_client("sts", region, config)
        answer = client.get_caller_identity()
        return Caller(answer["Account"], answer["Arn"])

    def endpoint(self, service: str, region: str) -> str:
        """Return the address that requests for this service go to."""
        return str(self.client(service, region).meta.endpoint_url)

    @property
    def endpoints(self) -> frozenset[str]:
        """Return the address of every client that was made."""
        with self._lock:
            return frozenset(
                client.meta.endpoint_url for client in self._clients.values()
            )

    @property
    def private_authorities(self) -> str:
        """Return the settings of this machine that name authorities of its own.

        What such an authority signs may be somebody's between us and AWS.
        """
        found = [name for name in _AUTHORITIES if os.environ.get(name)]
        return ", ".join(found) or ("ca_bundle" if self._bundle else "")

    @property
    def authorities(self) -> str:
        """Return the file of certificate authorities that clients trust."""
        named = self._bundle or os.environ.get("REQUESTS_CA_BUNDLE")
        return str(named or PUBLIC_AUTHORITIES)

    @property
    def _bundle(self) -> str | None:
        variables = self.session._session  # noqa: SLF001 -- boto3 has no public way
        found: str | None = variables.get_config_variable("ca_bundle")
        return found

    def credentials(self) -> tuple[str, str, str]:
        """Return access key, secret key and token (or nothing), renewed if that is due.

        For the load engine, which signs by itself. They are never recorded.
        """
        frozen = self.session.get_credentials().get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token or ""

    def check_load(self, operation: str, parameters: dict[str, Any]) -> None:
        """Ask the interlock about a request that these clients do not send.

        Raises:
            RefusedError, NotAssessedError: as the interlock.
        """
        self._interlock.check_load(operation, parameters)

    @property
    def has_session_token(self) -> bool:
        """Return True if the credentials are those of a session, which ends."""
        return bool(self.session.get_credentials().token)

    @property
    def credentials_from(self) -> str:
        """Return the source of the credentials, in botocore's words."""
        credentials = self.session.get_credentials()
        return str(credentials.method) if credentials else "nowhere"

    def _make_client(self, service: str, region: str, config: Config) -> Any:
        endpoint = self.environment.endpoint(service)
        if endpoint is None and not self.environment.is_aws:
            raise NotAssessedError(
                f"environment {self.environment.name!r} names no endpoint for {service}"
            )
        if endpoint and self.environment.is_aws:
            require_endpoint(self.session, service, region, endpoint)
        # Endpoint variables of the shell must not turn a sign-off of SIT into one
        # of something else; a proxy has no business between us and loopback.
        ours = Config(ignore_configured_endpoint_urls=True)
        if not self.environment.is_aws:
            ours = ours.merge(Config(proxies={}))
        client = self.session.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            config=config.merge(ours),
        )
        client.meta.events.register_first("before-parameter-build", self._before)
        client.meta.events.register_last("before-send", self._guard(client))
        client.meta.events.register("before-call", self._sending)
        client.meta.events.register("after-call", self._after)
        client.meta.events.register("after-call-error", self._after_error)
        return client

    def _before(
        self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any
    ) -> None:
        service = model.service_model.service_name
        self._interlock.check(service, model.name, params, context["client_region"])
        self._passed.request = (service, model.name)
        context["conformance"] = (service, redacted(params), time.perf_counter())

    def _guard(self, client: Any) -> Callable[..., None]:
        """Return the last look at a signed request of this client before it leaves."""
        service = client.meta.service_model.service_name

        def look(request: Any, event_name: str, **_: Any) -> None:
            operation = event_name.rpartition(".")[2]
            if getattr(self._passed, "request", None) != (service, operation):
                raise RefusedError(
                    f"{service}:{operation} refused: it went around the interlock"
                )
            account = self.environment.account
            check_host(request.url, client.meta.endpoint_url, account)

        return look

    @staticmethod
    def _sending(context: dict[str, Any], **_: Any) -> None:
        service, parameters, _ = context["conformance"]
        context["conformance"] = (service, parameters, time.perf_counter())

    def _after(
        self, http_response: Any, parsed: dict[str, Any], model: Any, **rest: Any
    ) -> None:
        service, parameters, _ = rest["context"]["conformance"]
        self._interlock.answered(service, model.name, parameters, parsed)
        error = parsed.get("Error", {})
        metadata = {"HTTPStatusCode": http_response.status_code}
        metadata |= parsed.get("ResponseMetadata", {})
        metadata["Host"] = urlsplit(http_response.url).netloc
        metadata["Settings"] = settings_digest(service, model.name, parsed)
        self._record(rest["context"], model.name, error, metadata)

    def _after_error(
        self, exception: Exception, context: dict[str, Any], event_name: str, **_: Any
    ) -> None:
        operation = event_name.rpartition(".")[2]
        self._record(context, operation, {"Code": type(exception).__name__}, {})

    def _record(
        self,
        context: dict[str, Any],
        operation: str,
        error: Mapping[str, str],
        metadata: Mapping[str, Any],
    ) -> None:
        """Record a request; `metadata` is botocore's of the response, if one came."""
        code, message = error.get("Code", ""), error.get("Message", "")
        service, parameters, began = context["conformance"]
        duration = time.perf_counter() - began
        sent = datetime.now(UTC).timestamp() - duration
        self.recorder.record(
            Observation(
                id=self.recorder.next_id(),
                service=service,
                operation=operation,
                region=context["client_region"],
                parameters=parameters,
                status=metadata.get("HTTPStatusCode", 0),
                request_id=metadata.get("RequestId", ""),
                error=code,
                time=datetime.fromtimestamp(sent, UTC).isoformat("T", "milliseconds"),
                duration_ms=round(duration * 1000, 2),
                answered_at=_date_of(metadata.get("HTTPHeaders", {})),
                host=metadata.get("Host", ""),
                settings=metadata.get("Settings", ""),
                denied=right_in(message) if code in DENIED else "",
            )
        )


def _date_of(headers: Mapping[str, str]) -> str:
    """Return the `Date` header as an ISO time; empty where there is none to read.

    HTTP dates are always GMT (RFC 9110, section 5.6.7).
    """
    try:
        return parsedate_to_datetime(headers["date"]).replace(tzinfo=UTC).isoformat()
    except (KeyError, ValueError):
        return ""


def _unparsed(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Keep the items of a page from botocore's parser, which takes most of the time.

    The rest of the answer is parsed as ever.
    """
    if response_dict["status_code"] == HTTPStatus.OK:
        document = orjson.loads(response_dict["body"])
        customized_response_dict["Items"] = document.pop("Items")
        response_dict["body"] = orjson.dumps(document)


def unreadable(what: str, problem: Exception) -> UnreadableError:
    """Say in one line what could not be read, and why."""
    if isinstance(problem, ClientError):
        error = problem.response.get("Error", {})
        code = str(error.get("Code", "Unknown"))
        return AwsError(f"{what}: {code}: {error.get('Message', '')}", code)
    return UnreadableError(f"{what}: {type(problem).__name__}: {problem}")
