"""Environments: one TOML file each says where to look and what is allowed there."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.config.criteria import load_catalogue
from conformance.config.file_reader import PROMOTION, load
from conformance.model.errors import BadInputError

FOLDER = PROMOTION / "environments"


@dataclass(frozen=True)
class RestoreDestination:
    """The place where copies are restored: another region, or another account."""

    account: str
    region: str
    vault: str
    """The backup vault that takes the copies."""
    profile: str | None = None
    access_key_id: str | None = None
    kms_key_arn: str | None = None
    """The customer's key of the tables restored there; without it AWS's own."""


@dataclass(frozen=True)
class Environment:
    """An environment as its file describes it."""

    name: str
    source: Path
    account: str
    regions: tuple[str, ...]
    """The primary region first, then the replicas' regions."""
    table_name: str
    allows: frozenset[str]
    judged_as: str
    previous: str | None
    """The environment that this one was promoted from: a name, or a path."""
    profile: str | None
    consumers_accepted: bool
    standin: bool
    """Start a stand-in of its own for each run."""
    endpoint_url: str | None
    endpoint_urls: Mapping[str, str]
    access_key_id: str | None
    cannot_prove: Mapping[str, str]
    targets: Mapping[str, float]
    restore_into: RestoreDestination | None = None
    surroundings: Path | None = None
    """The file of the surroundings; None for promotion/surroundings.toml."""
    env: str = ""
    """The text that replaces `{env}` in names of the surroundings."""

    def physical(self, table: str) -> str:
        """Return the deployed name of a declared table."""
        return self.table_name.replace("{name}", table)

    @property
    def stage(self) -> str:
        """The stage whose declarations apply: `dev`, `sit` or `prod`."""
        return "prod" if self.judged_as == "dr" else self.judged_as

    def scope(self, region: str) -> str:
        """Return the scope of a region in the criteria: `D`, `S`, `P` or `R`."""
        if self.judged_as == "prod":
            return "P" if region == self.regions[0] else "R"
        return {"dev": "D", "sit": "S", "dr": "R"}[self.judged_as]

    def endpoint(self, service: str) -> str | None:
        """Return the endpoint that the file names for a service; None for AWS's own."""
        return self.endpoint_urls.get(service, self.endpoint_url)

    @property
    def is_aws(self) -> bool:
        """True if requests leave this machine."""
        return not self.standin and not any(map(is_loopback, _endpoints(self)))


def is_aws_host(host: str) -> bool:
    """Return True if the host name lies in a domain of AWS.

    Hosts of AWS's customers do, too: whether one belongs to a service, only botocore
    can tell (`conformance/aws/endpoint_check.py`).
    """
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def is_loopback(url: str) -> bool:
    """Return True if the URL can only mean this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def find(name_or_path: str) -> Path:
    """Return the file of an environment, given its name or its path.

    Raises:
        BadInputError: there is none; the message lists those there are.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" or "/" in name_or_path:
        return path
    path = FOLDER / f"{name_or_path}.toml"
    if path.exists():
        return path
    known = sorted(file.stem for file in FOLDER.glob("*.toml"))
    close = get_close_matches(name_or_path, known, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    raise BadInputError(
        f"--env {name_or_path}: there is no such environment; known: "
        f"{', '.join(known)}, or the path of a TOML file.{meant}"
    )


def load_environment(name_or_path: str) -> Environment:
    """Read an environment by name or path.

    Raises:
        BadInputError: with every problem of the file.
    """
    path = find(name_or_path)
    document = load(path, "environment")
    environment = _environment(path, document)
    problems = [*_contradictions(environment), *_unknown_excuses(environment)]
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))
    return environment


def _environment(path: Path, document: dict[str, Any]) -> Environment:
    judged_as = document.get("judged_as", path.stem)
    if judged_as not in ("dev", "sit", "prod", "dr"):
        raise BadInputError(
            f"{path}: judged_as is missing; allowed: dev, sit, prod, dr. The file's "
            f"name, {path.stem!r}, does not say whose criteria apply."
        )
    surroundings = document.get("surroundings")
    return Environment(
        name=path.stem,
        source=path,
        account=document["account"],
        regions=tuple(document["regions"]),
        table_name=document["table_name"],
        allows=frozenset(document["allows"]),
        judged_as=judged_as,
        previous=document.get("previous"),
        profile=document.get("profile"),
        consumers_accepted=document.get("consumers") == "accepted",
        standin=document.get("standin", False),
        endpoint_url=document.get("endpoint_url"),
        endpoint_urls=document.get("endpoint_urls", {}),
        access_key_id=document.get("access_key_id"),
        cannot_prove=document.get("cannot_prove", {}),
        targets=document.get("targets", {}),
        restore_into=_restore_destination(document),
        surroundings=path.parent / surroundings if surroundings else None,
        env=document.get("env") or _word_of(document["table_name"]) or judged_as,
    )


def _word_of(table_name: str) -> str:
    """Return the text behind `{name}` in a pattern of table names, or before it."""
    before, _, after = table_name.partition("{name}")
    return after.strip("-_.") or before.strip("-_.")


def _restore_destination(document: dict[str, Any]) -> RestoreDestination | None:
    into = document.get("restore_into")
    if into is None:
        return None
    same = into["account"] == document["account"]
    inherited = {
        field: document.get(field) for field in ("profile", "access_key_id") if same
    }
    return RestoreDestination(**(inherited | into))


def _endpoints(environment: Environment) -> list[str]:
    single = [environment.endpoint_url] if environment.endpoint_url else []
    return single + list(environment.endpoint_urls.values())


def _unknown_excuses(environment: Environment) -> Iterator[str]:
    known = list(load_catalogue())
    for name in environment.cannot_prove:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f". Did you mean {close[0]!r}?" if close else ""
            yield (
                f"cannot_prove.{name} is not known; expected: a criterion of "
                f"promotion/criteria.toml{meant}"
            )


def _not_an_endpoint(url: str) -> str:
    """Say why credentials must not sign a request for this address; or nothing."""
    if is_loopback(url):
        return ""
    host = urlsplit(url).hostname or ""
    if not is_aws_host(host):
        return (
            f"{url} is no endpoint of AWS, and not surely this machine; expected: "
            "127.0.0.1, ::1 or localhost, or an endpoint of AWS"
        )
    if urlsplit(url).scheme != "https":
        return f"{url} is not encrypted; expected: https://{host}"
    return ""


def _contradictions(environment: Environment) -> Iterator[str]:
    urls = _endpoints(environment)
    loopback = environment.standin or (bool(urls) and all(map(is_loopback, urls)))
    yield from filter(None, map(_not_an_endpoint, urls))
    if any(map(is_loopback, urls)) and not loopback:
        yield "endpoint_urls mix loopback with other hosts; expected: all or none"
    if environment.standin and urls:
        yield "standin and endpoint_url exclude each other; keep one of them"
    if environment.access_key_id and not loopback:
        yield "access_key_id is for loopback endpoints only; use a profile instead"
    if environment.cannot_prove and not loopback:
        yield "cannot_prove is for loopback endpoints only; remove it"
