"""The folder that `iam-policy --output` writes: policies, and Terraform for them."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from conformance.model.errors import BadInputError

TERRAFORM = "conformance.tf"
_MARK = "# Written by python -m conformance iam-policy --output."
_TERRAFORM = """{mark}
# Do not edit it: the command replaces the whole folder.

variable "role" {{
  description = "the name of the role that runs the suite in this account"
  type        = string
}}

locals {{
  conformance_policies = [
{names}
  ]
}}

resource "aws_iam_policy" "conformance" {{
  for_each = toset(local.conformance_policies)

  name   = "conformance-{environment}-${{each.key}}"
  policy = jsonencode(jsondecode(file("${{path.module}}/${{each.key}}.json")))
}}

resource "aws_iam_role_policy_attachment" "conformance" {{
  for_each = aws_iam_policy.conformance

  role       = var.role
  policy_arn = each.value.arn
}}
"""
Documents = Mapping[str, dict[str, Any]]


def write_folder(
    folder: Path, environment: str, by_folder: Mapping[str, Documents]
) -> None:
    """Write the folder in one piece; replace an earlier one of the same command.

    Raises:
        BadInputError: something else is there, or it cannot be written.
    """
    try:
        _require_ours(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, documents in by_folder.items():
                _write(new / name, environment, documents)
            new.chmod(0o755)
            _replace(folder, new)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as problem:
        raise BadInputError(f"--output {folder}: {problem}") from None


def _require_ours(folder: Path) -> None:
    """Refuse to replace what this command did not write.

    Raises:
        BadInputError: the message names it.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"--output {folder}: it is a file; name a folder")
    foreign = sorted(map(str, _foreign(folder))) if folder.exists() else []
    if foreign:
        raise BadInputError(
            f"--output {folder}: {', '.join(foreign)} is not of this command, which "
            "replaces the whole folder; name another one, such as a Terraform module "
            "of its own"
        )


def _foreign(folder: Path) -> Iterator[Path]:
    """Yield what is in the folder beside the files that this command writes."""
    terraform = folder / TERRAFORM
    marked = terraform.is_file() and terraform.read_text("utf-8").startswith(_MARK)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            yield from _foreign(path) if path.name.startswith("account-") else [path]
        elif not marked or (path.suffix != ".json" and path != terraform):
            yield path


def _write(folder: Path, environment: str, documents: Documents) -> None:
    folder.mkdir(exist_ok=True)
    for name, document in documents.items():
        text = f"{json.dumps(document, indent=2)}\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    names = "\n".join(f'    "{name}",' for name in documents)
    terraform = _TERRAFORM.format(mark=_MARK, names=names, environment=environment)
    (folder / TERRAFORM).write_text(terraform, encoding="utf-8")


def _replace(folder: Path, new: Path) -> None:
    """Put the new folder in the place of the old one, which is removed afterwards."""
    if not folder.exists():
        new.rename(folder)
        return
    old = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    folder.rename(old)  # an empty folder gives way
    try:
        new.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old)
