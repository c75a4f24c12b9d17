"""`make load` works: a small part of the declared mix on dynalite, without errors."""

import json
import subprocess
import sys

from tests.selftest.optional_tools import needed
from tests.selftest.twin_env import ROOT, clean_environment


def test_dynalite_takes_every_operation_but_transactions(tmp_path):
    """Tables are made, loaded, judged and cleaned up; nothing fails."""
    needed(".bin/dynalite", "npm ci brings it")
    small = ["--seconds", "3", "--scale", "0.01", "--evidence", str(tmp_path / "runs")]
    done = subprocess.run(
        [sys.executable, "benchmarks/dynalite.py", *small],
        cwd=ROOT,
        env=clean_environment(tmp_path) | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    found = json.loads((folder / "run.json").read_text(encoding="utf-8"))["findings"]
    assert {finding["outcome"] for finding in found} == {"NOT_ASSESSED", "PASS"}
    rates = [finding["numbers"] for finding in found if finding["criterion"] == "PRF-1"]
    assert len(rates) == 5
    assert [numbers["failed"] for numbers in rates] == [0] * 5
    measured = json.loads((folder / "histograms.json").read_text(encoding="utf-8"))[
        "latency"
    ]
    kinds = {kind["kind"].partition(" ")[0] for kind in measured}
    assert kinds == {
        *("put", "update", "conditional_put"),
        *("get", "get_strong", "batch_get", "query"),
    }
