"""Options of pytest and broken files end in a judgement, or in one clear message."""

import pytest

QUICK = ("--env", "local", "-m", "live", "-k", "TBL-1 and users")
WITHOUT = {
    "html": "The plugin pytest-html is off: there is no report.html.",
    "junitxml": "The plugin junitxml is off: there is no junit.xml.",
}


@pytest.mark.parametrize("plugin", WITHOUT)
def test_a_run_without_a_report_says_so(suite, plugin):
    """The checks decide what they decide, and the run says which file is missing."""
    result = suite.run(*QUICK, "-p", f"no:{plugin}")
    assert result.status == 0, result.output
    assert result.run["criteria"]["TBL-1"] == "PASS"
    assert result.run["remarks"] == [WITHOUT[plugin]]
    assert WITHOUT[plugin] in result.output
    missing = WITHOUT[plugin].removesuffix(".").rpartition(" ")[2]
    assert not (result.folder / missing).exists()


def test_the_page_that_is_named_exists(suite):
    """Without the report of pytest-html the last line names the run itself."""
    result = suite.run(*QUICK, "-p", "no:html")
    assert f"report  : {result.folder / 'run.json'}" in result.output


def test_a_run_without_xdist_is_the_same(suite):
    """What runs in one process needs no plugin for several."""
    result = suite.run(*QUICK, "-p", "no:xdist")
    assert result.status == 0, result.output
    assert result.run["remarks"] == []


@pytest.mark.parametrize("mode", ["prepend", "append"])
def test_another_import_mode_is_refused(suite, mode):
    """Files of the same name would be taken for one another."""
    result = suite.run(*QUICK, f"--import-mode={mode}")
    assert result.status == 4
    assert f"ERROR: --import-mode={mode}: files of the same name" in result.output
    assert not result.evidence.exists()


def test_a_file_that_cannot_be_collected_is_an_incomplete_run(suite, tmp_path):
    """The cause is shown once, where it is, and nothing is proven."""
    broken = tmp_path / "test_broken.py"
    broken.write_text("def test_x(:\n", encoding="utf-8")
    result = suite.run(*QUICK, "tests/live/test_tables.py", broken)
    assert result.status == 2, result.output
    assert "SyntaxError: invalid syntax" in result.output
    assert "INTERNALERROR" not in result.output
    assert "the run is incomplete and proves nothing" in result.output
    assert result.run["complete"] is False
    assert "was not collected: SyntaxError: invalid syntax" in result.run["remarks"][0]


def test_a_worker_that_cannot_collect_a_file_fails_the_run(suite, tmp_path):
    """What the other files decide is shown; the run stays incomplete."""
    broken = tmp_path / "test_broken.py"
    broken.write_text("def test_x(:\n", encoding="utf-8")
    result = suite.run(*QUICK, "-n", "2", "tests/live/test_tables.py", broken)
    assert result.status == 1, result.output
    assert "SyntaxError: invalid syntax" in result.output
    assert "INTERNALERROR" not in result.output
    assert result.run["complete"] is False
