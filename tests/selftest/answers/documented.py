"""The example answers that botocore and awscli are shipped with.

botocore keeps them as `examples-1.json`, awscli in the text of `aws SERVICE help`.
"""

import json
import shutil
import subprocess
import textwrap
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import botocore.session
from botocore import xform_name
from botocore.exceptions import DataNotFoundError
from botocore.utils import parse_timestamp

from conformance.aws.members import output_shape

_OUTPUT = "Output::"


@cache
def of_botocore(service, operation):
    """Return botocore's example answers to an operation, as boto3 would give them."""
    loader = botocore.session.get_session().get_component("data_loader")
    try:
        document = loader.load_service_model(service, "examples-1")
    except DataNotFoundError:
        return []
    shape = output_shape(service, operation)
    return [
        as_boto3(example["output"], shape)
        for example in document["examples"].get(operation, [])
        if "output" in example
    ]


def of_awscli(folder, service, operation):
    """Return awscli's example answers to an operation, as boto3 would give them.

    Those are left out that are text or are shortened by dots.
    """
    file = folder / service / f"{xform_name(operation, '-')}.rst"
    if not file.exists():
        return []
    shape = output_shape(service, operation)
    texts = _blocks(file.read_text(encoding="utf-8"))
    documents = [document for text in texts if (document := _json(text))]
    return [as_boto3(document, shape) for document in documents]


def awscli_examples(command):
    """Return the folder of the examples of an installed awscli; None without one."""
    found = Path(command)
    beside = found.parent / "python3"
    bundled = found.resolve().parent / "awscli" / "examples"  # version 2
    if bundled.is_dir():
        return bundled
    if shutil.which(beside) is None:
        return None
    asked = subprocess.run(
        [beside, "-c", "import awscli; print(awscli.__path__[0])"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=20,
    )
    folder = Path(asked.stdout.strip() or "nowhere") / "examples"
    return folder if folder.is_dir() else None


def as_boto3(value, shape):
    """Return a JSON document as boto3 parses it: times, bytes, and IAM's policies."""
    match value:
        case dict() if shape.type_name == "structure":
            return {
                name: as_boto3(inner, shape.members[name])
                for name, inner in value.items()
                if name in shape.members
            }
        case dict() if shape.type_name == "map":
            return {name: as_boto3(inner, shape.value) for name, inner in value.items()}
        case list() if shape.type_name == "list":
            return [as_boto3(inner, shape.member) for inner in value]
    return _scalar(value, shape)


def _scalar(value, shape):
    if shape.type_name == "timestamp":
        # Some examples hold a time that is none; it stays as it is.
        with suppress(ValueError):
            return parse_timestamp(value)
    if shape.type_name == "blob":
        return str(value).encode()
    if shape.name == "policyDocumentType" and isinstance(value, str):
        return _json(unquote(value)) or value
    return value


def _blocks(text):
    """Yield the indented blocks that follow the word Output."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.rstrip().endswith(_OUTPUT):
            continue
        block = []
        for following in lines[number + 1 :]:
            if following.strip() and not following.startswith((" ", "\t")):
                break
            block.append(following)
        yield textwrap.dedent("\n".join(block))


def _json(text):
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
