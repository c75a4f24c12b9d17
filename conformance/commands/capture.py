"""`python -m conformance capture`: a contract from what is deployed."""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.aws.login import connect
from conformance.aws.recorder import Recorder
from conformance.commands.capture_contract import Captured, capture
from conformance.config.declared import load_declared
from conformance.config.environment import Environment, load_environment
from conformance.config.file_reader import PROMOTION, require_valid
from conformance.deployed import DeployedRegion
from conformance.deployed.facts import Facts
from conformance.model.errors import (
    BadInputError,
    NotAssessedError,
    RefusedError,
    UnreadableError,
)


def add(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "capture", help="write a contract from the tables that are deployed"
    )
    parser.add_argument("--env", required=True, metavar="ENV")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="default: schemas.ENV.json in the current folder",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace the file if there is one"
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    environment = load_environment(parsed.env)
    output = parsed.output or Path(f"schemas.{environment.name}.json")
    if output.exists() and not parsed.force:
        raise BadInputError(
            f"{output}: is there already; choose another --output, or --force"
        )
    captured = _captured(environment)
    _write(output, captured.document)
    _print(captured, environment, output)
    return 0


def _captured(environment: Environment) -> Captured:
    if environment.standin:
        raise BadInputError(
            f"--env {environment.name} is deployed nowhere: each run starts a stand-in "
            f"of its own. Serve one by `python -m conformance standin --provision "
            f"{environment.name}` and give an environment file its endpoint_url."
        )
    region = environment.regions[0]
    nothing = replace(load_declared(environment), tables={})
    clients, _ = connect(environment, nothing, Recorder("main"))
    facts = Facts(clients)
    try:
        captured = capture(facts, DeployedRegion(facts, region, nothing))
    except (UnreadableError, NotAssessedError, RefusedError) as problem:
        raise BadInputError(f"nothing was written: {problem}") from None
    if not captured.document["tables"]:
        raise BadInputError(
            f"nothing was written: no table in account {environment.account}, {region} "
            f"is named as table_name in {environment.source} says: "
            f"{environment.table_name}"
        )
    return captured


def _write(output: Path, document: dict[str, Any]) -> None:
    schema = PROMOTION / "schemas.schema.json"
    here = output.absolute().parent
    document = {"$schema": os.path.relpath(schema, here)} | document
    require_valid(output, document, "schemas")
    try:
        output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise BadInputError(f"{output}: cannot be written: {problem}") from None


def _print(captured: Captured, environment: Environment, output: Path) -> None:
    where = f"account {environment.account}, {environment.regions[0]}"
    print(f"read from {environment.name} ({where}):")
    for table, entry in captured.document["tables"].items():
        recovery = entry["point_in_time_recovery"]
        print(f"  {table}")
        print(f"    key        : {_key_in_words(entry)}")
        for name, index in entry["indexes"].items():
            projection = index["projection"]["type"]
            print(f"    index      : {name}, {_key_in_words(index)}, {projection}")
        print(f"    capacity   : {entry['capacity_mode']}{_limits_in_words(entry)}")
        print(f"    stream     : {entry['stream']['default']}; TTL: {entry['ttl']}")
        print(f"    recovery   : {recovery['status']}, {recovery['days']} days")
        print(f"    encryption : {entry['encryption']}")
        print(f"    protected  : {entry['deletion_protection']}")
        print(f"    tags       : {', '.join(entry['tags']) or 'none'}")
    for remark in captured.remarks:
        print(f"  {remark}")
    count = len(captured.document["assumptions"])
    print(f"written: {output}, with {count} assumptions for its owner to confirm")
    print(f"next   : correct it; then pytest --env={environment.source} \\")
    print(f"         --schemas={output}, and once more with -m live")


def _limits_in_words(entry: dict[str, Any]) -> str:
    limits = entry.get("maximum_throughput", {"default": {}})["default"].items()
    words = [f"at most {units} {unit}" for unit, units in limits]
    if "table_class" in entry:
        words.append(entry["table_class"])
    return "".join(f", {word}" for word in words)


def _key_in_words(entry: dict[str, Any]) -> str:
    keys = [entry[name] for name in ("partition_key", "sort_key") if name in entry]
    return " + ".join(f"{key['name']} ({key['type']})" for key in keys)
