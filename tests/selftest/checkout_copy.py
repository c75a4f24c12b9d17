"""Copies of this repository, with the self-tests' own contract in its place."""

import shutil

from tests.selftest.own_contract import FOLDER
from tests.selftest.twin_env import ROOT

PARTS = (
    *("aws_standin/src", "conformance", "promotion", "tests"),
    *("conftest.py", "pytest.ini", "pyproject.toml"),
)
FILES = ("plan.toml", "surroundings.toml", "waivers.toml", "attestations.toml")
"""What people write in `promotion`, beside the environments."""


def checkout_copy(root):
    """Copy what runs, with the contract that the documents describe."""
    for part in PARTS:
        source, target = ROOT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, ignore=unwanted)
        else:
            shutil.copy(source, target)
    shutil.copy(FOLDER / "schemas.json", root)
    for name in FILES:
        shutil.copy(FOLDER / name, root / "promotion")
    environments = root / "promotion" / "environments"
    shutil.rmtree(environments)
    shutil.copytree(FOLDER / "environments", environments)
    return root
