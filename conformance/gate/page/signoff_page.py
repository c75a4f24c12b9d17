"""The page that people sign: one self-contained file, a function of the decision."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from conformance import __version__
from conformance.config.promotion_plan import PromotionPlan
from conformance.gate.decision import Decision
from conformance.gate.page.caveats import doubts
from conformance.gate.page.criteria_table import (
    acting,
    grouped_by_cause,
    rows,
    shown_sha256,
)
from conformance.gate.page.criterion_evidence import evidence, subject_rows
from conformance.gate.page.finding_charts import charts
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
"""Beside the word and the colour, so that none of the three is needed alone."""


def signoff_page(
    decision: Decision, plan: PromotionPlan, previous: dict[str, Any] | None
) -> str:
    """The whole page as HTML."""
    table = rows(decision, previous)
    return _TEMPLATES.get_template("signoff.html").render(
        decision=decision,
        gate=decision.gate,
        environment=decision.gate.environment,
        version=__version__,
        ledger=LEDGER,
        manifest=MANIFEST,
        plan=plan,
        questions=[it for it in plan.questions if it.asked_at(decision.gate.name)],
        previous=previous,
        rows=table,
        open_by_cause=grouped_by_cause(table),
        acting=acting(table),
        doubts=doubts(decision),
        evidence=[evidence(it) for it in table if it.decided.findings],
        subjects=subject_rows(decision),
        charts={it.id: charts(decision, it.decided) for it in table},
        signs=SIGNS,
        short=shown_sha256,
    )
