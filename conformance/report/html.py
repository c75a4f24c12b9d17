"""The engineer's log of a run: pytest-html with the criteria above its table."""

from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from conformance.model.finding import facts, grouped
from conformance.report.terminal import verdict
from conformance.run.run_folder import Run
from conformance.run.verdict import counted

_TEMPLATES = Environment(
    loader=PackageLoader("conformance.report"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


class Log:
    """A plugin that fills pytest-html's report of one run."""

    def __init__(self, run: Run) -> None:
        """Write the log of this run."""
        self._run = run

    def pytest_html_report_title(self, report: Any) -> None:
        """Name the environment."""
        report.title = f"Conformance of {self._run.inputs.environment.name}"

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the verdict and the criteria before everything else."""
        run, criteria = self._run, self._run.criteria()
        template = _TEMPLATES.get_template("log.html")
        prefix.append(
            template.render(
                run=run,
                inputs=run.inputs,
                verdict=verdict(run),
                criteria=criteria,
                counts=counted(criteria),
                same=lambda findings: grouped(findings, facts),
                findings=grouped(run.findings, lambda finding: finding.criterion),
                subjects=grouped(
                    run.findings, lambda finding: (finding.subject, finding.region)
                ),
            )
        )

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add a column with the criterion and its outcome."""
        cells.insert(
            1, '<th class="sortable" data-column-type="criterion">Criterion</th>'
        )

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Fill the added column."""
        # The report of a file that could not be collected has no properties.
        properties = dict(getattr(report, "user_properties", ()))
        text = (
            f"{properties.get('criterion', '')} {properties.get('outcome', '')}".strip()
        )
        cells.insert(1, f'<td class="col-criterion">{text}</td>')
