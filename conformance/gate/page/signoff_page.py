"""The page that people sign: one self-contained file."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from conformance import __version__
from conformance.config.promotion_plan import PromotionPlan
from conformance.gate.decision import GateResult
from conformance.gate.page.caveats import caveats
from conformance.gate.page.criteria_table import (
    criteria_table,
    open_by_cause,
    open_by_role,
    shown_sha256,
)
from conformance.gate.page.criterion_evidence import criterion_evidence, subject_rows
from conformance.gate.page.finding_charts import finding_charts
from conformance.model.finding import Outcome
from conformance.run.ledger import LEDGER, MANIFEST

_TEMPLATES = Environment(
    loader=PackageLoader("conformance.gate.page"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
SIGNS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.ERROR: "!",
    Outcome.NOT_ASSESSED: "?",
    Outcome.WAIVED: "~",
    Outcome.ATTESTED: "✓",
    Outcome.NOT_APPLICABLE: "○",
}
"""Signs beside the word and the colour, so that none of the three is needed alone."""


def signoff_page(
    result: GateResult, promotion_plan: PromotionPlan, previous: dict[str, Any] | None
) -> str:
    """Return the whole page as HTML."""
    gate, rows = result.gate, criteria_table(result, previous)
    questions = promotion_plan.questions
    return _TEMPLATES.get_template("signoff.html").render(
        result=result,
        gate=gate,
        environment=gate.inputs.environment,
        version=__version__,
        ledger=LEDGER,
        manifest=MANIFEST,
        promotion_plan=promotion_plan,
        questions=[asked for asked in questions if asked.asked_at(gate.name)],
        previous=previous,
        rows=rows,
        open_by_cause=open_by_cause(rows),
        open_by_role=open_by_role(rows),
        caveats=caveats(result),
        evidence=[criterion_evidence(row) for row in rows if row.result.findings],
        subjects=subject_rows(result),
        charts={row.id: finding_charts(result, row.result) for row in rows},
        signs=SIGNS,
        short=shown_sha256,
    )
