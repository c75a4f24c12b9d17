"""Runs that are refused, and files with one thing mistyped."""

import time

import pytest

ENVIRONMENT = """
account = "815856636111"
regions = ["eu-west-1"]
table_name = "{name}-sit"
judged_as = "sit"
allows = ["read", "data"]
"""


@pytest.fixture
def refused(suite):
    """Run with these arguments; the output of a refusal, which comes at once."""

    def refused(*arguments, env=()):
        began = time.monotonic()
        result = suite.run(*arguments, env=env)
        took = time.monotonic() - began
        assert result.status == 4, result.output
        assert "Traceback" not in result.output
        assert result.output.count("ERROR: ") == 1
        assert not result.evidence.exists()
        assert took < 60  # 5 s on a machine that does nothing else
        return result.output

    return refused


@pytest.fixture
def file(tmp_path):
    """Write an environment's file, with changes; return the option that names it."""

    def file(more="", name="mine.toml", replaced=()):
        text = ENVIRONMENT
        for old, new in replaced:
            text = text.replace(old, new)
        (tmp_path / name).write_text(text + more, encoding="utf-8")
        return f"--env={tmp_path / name}"

    return file
