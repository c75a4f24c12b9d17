"""The command line of a load run, beside locust's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import getproxies, proxy_bypass

from conformance.config.declared import SCHEMAS
from conformance.load.load_schedule import SHAPES, Choices
from conformance.load.request_bodies import QUERY, READS, WRITES
from conformance.model.errors import BadInputError

OPERATIONS = {*WRITES, *READS, QUERY}
_MOST_SECONDS = 86_400


@dataclass(frozen=True)
class Options:
    """The checked options of a load run."""

    environment: str
    schemas: Path
    evidence: Path
    choices: Choices
    engine: str
    confirmed: bool


def add_options(parser: Any) -> None:
    """Add the options to locust's parser."""
    group = parser.add_argument_group("conformance", "DynamoDB under load")
    _add_target(group.add_argument)
    _add_choices(group.add_argument)


def _add_target(add: Any) -> None:
    """Add what is loaded, by what is declared, and where the record goes."""
    add(
        "--env",
        default="local",
        metavar="ENV",
        env_var="CONFORMANCE_ENV",
        help="environment to load: a name in promotion/environments or a TOML file",
    )
    add("--schemas", default=str(SCHEMAS), metavar="FILE", help="the contract")
    add("--evidence", default="evidence", metavar="DIR", help="where run folders go")
    add(
        "--engine",
        default="http",
        choices=["http", "sdk"],
        help="sdk: send by boto3, to cross-check; at most some 500 requests/s",
    )
    add(
        "--yes",
        action="store_true",
        help="go on although the estimate is above the declared limit",
    )


def _add_choices(add: Any) -> None:
    """Add what may make the load less than the declared one."""
    add(
        "--shape",
        default="full",
        choices=SHAPES,
        help="full: warm-up, ramp, steady state, spike",
    )
    add(
        "--seconds",
        type=float,
        metavar="S",
        help="length of the steady state; other phases are shortened alike",
    )
    add(
        "--scale",
        type=float,
        default=1.0,
        metavar="X",
        help="a part of the declared rate, for a trial",
    )
    add(
        "--without",
        default="",
        metavar="OPERATIONS",
        help=f"leave out, for a trial: {', '.join(sorted(OPERATIONS))}",
    )


def options_of(parsed: Any) -> Options:
    """Return the options, checked.

    Raises:
        BadInputError: one of them makes no sense.
    """
    names = (name.strip() for name in parsed.without.split(","))
    without = frozenset(filter(None, names))
    if unknown := sorted(without - OPERATIONS):
        raise BadInputError(
            f"--without {', '.join(unknown)}: no such operation; known: "
            f"{', '.join(sorted(OPERATIONS))}"
        )
    if not 0 < parsed.scale <= 1:
        raise BadInputError(f"--scale {parsed.scale:g}: expected above 0, at most 1")
    if parsed.seconds is not None and not 1 <= parsed.seconds <= _MOST_SECONDS:
        raise BadInputError(f"--seconds {parsed.seconds:g}: expected 1 to 86400")
    choices = Choices(parsed.shape, parsed.seconds, parsed.scale, without)
    return Options(
        environment=parsed.env,
        schemas=Path(parsed.schemas),
        evidence=Path(parsed.evidence),
        choices=choices,
        engine=parsed.engine,
        confirmed=parsed.yes,
    )


def refuse_proxy(url: str) -> None:
    """Refuse a proxy between the generator and the endpoint.

    Raises:
        BadInputError: a proxy is set for it; what would be measured is the proxy.
    """
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].partition(":")[0]
    proxies = sorted(name for name in getproxies() if name in (scheme, "all"))
    if proxies and host not in ("127.0.0.1", "localhost") and not proxy_bypass(host):
        variables = ", ".join(f"{name}_proxy" for name in proxies)
        raise BadInputError(
            f"a proxy stands between this machine and {host} ({variables}); its "
            f"latency would be measured, too. Add {host} to NO_PROXY, or run elsewhere."
        )
