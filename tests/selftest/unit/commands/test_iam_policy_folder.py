"""The folder of `iam-policy --output` is whole, or it is not there."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from conformance.commands.iam_policy_folder import TERRAFORM, write_folder
from conformance.model.errors import BadInputError
from tests.selftest.optional_tools import needed

DOCUMENT = {"Version": "2012-10-17", "Statement": []}
TWO = {"": {"read": DOCUMENT, "data-1": DOCUMENT}, "account-1": {"restore": DOCUMENT}}


def files(folder):
    """The names of all files below a folder."""
    return {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def folder(tmp_path):
    """A folder that was written, in a folder that holds nothing else."""
    folder = tmp_path / "here" / "iam"
    write_folder(folder, "sit", TWO)
    return folder


def test_each_policy_is_a_file_that_terraform_reads(folder):
    """Each account's role has its policies and Terraform in a folder of its own."""
    assert files(folder) == {
        *("read.json", "data-1.json", TERRAFORM),
        *("account-1/restore.json", f"account-1/{TERRAFORM}"),
    }
    assert json.loads((folder / "read.json").read_text("utf-8")) == DOCUMENT
    terraform = (folder / TERRAFORM).read_text("utf-8")
    assert re.findall(r'^    "(.+)",$', terraform, re.MULTILINE) == ["read", "data-1"]
    assert 'name   = "conformance-sit-${each.key}"' in terraform
    assert [path.name for path in folder.parent.iterdir()] == ["iam"]


def test_terraform_finds_nothing_to_format(folder):
    """The file is as Terraform itself would write it."""
    terraform = needed("terraform", "it formats the file")
    command = [terraform, "fmt", "-check", "-diff", "-recursive", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_earlier_folder_is_replaced_as_a_whole(folder):
    """Policies that are no longer needed are gone."""
    write_folder(folder, "sit", {"": {"read-1": DOCUMENT}})
    assert files(folder) == {"read-1.json", TERRAFORM}
    assert [path.name for path in folder.parent.iterdir()] == ["iam"]


def test_an_empty_folder_is_filled(tmp_path):
    """A folder that somebody made for it will do."""
    write_folder(tmp_path, "sit", {"": {"read": DOCUMENT}})
    assert files(tmp_path) == {"read.json", TERRAFORM}


@pytest.mark.parametrize("name", ["terraform.tfstate", ".terraform/x", "a/read.json"])
def test_what_is_not_ours_stays(folder, name):
    """A folder that holds anything else is not replaced."""
    foreign = folder / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.touch()
    before = files(folder)
    with pytest.raises(BadInputError, match="is not of this command"):
        write_folder(folder, "sit", {"": {}})
    assert files(folder) == before


def test_json_of_somebody_else_stays(tmp_path):
    """Without our Terraform beside it, a policy is not ours."""
    (tmp_path / "read.json").touch()
    with pytest.raises(BadInputError, match=r"read\.json is not of this command"):
        write_folder(tmp_path, "sit", TWO)


def test_a_file_is_no_folder(tmp_path):
    """The message says what to name instead."""
    file = tmp_path / "iam"
    file.touch()
    with pytest.raises(BadInputError, match="name a folder"):
        write_folder(file, "sit", TWO)


def test_a_folder_that_could_not_be_finished_is_not_there(folder, monkeypatch):
    """A full disk leaves the earlier folder as it was, and nothing beside it."""
    before = files(folder)
    write = Path.write_text

    def full(path, text, **options):
        if path.name == TERRAFORM:
            raise OSError(28, "No space left on device")
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(BadInputError, match="No space left"):
        write_folder(folder, "sit", {"": {"read-1": DOCUMENT}})
    assert files(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["iam"]
