"""The promotion plan's questions, rollback triggers and approvals."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.config.declared import PLAN, Declared
from conformance.config.file_reader import load
from conformance.model.criterion import Catalogue
from conformance.model.errors import BadInputError


@dataclass(frozen=True)
class Question:
    """A contradiction between the promotion plan and AWS, or within the plan."""

    plan: str
    """The statement of the promotion plan."""
    but: str
    """The fact that contradicts it."""
    used: str
    """The value that criteria are judged by until it is decided."""
    question: str
    role: str
    criteria: tuple[str, ...]
    gates: frozenset[str]
    """The gates at which it is asked; empty for all."""

    def asked_at(self, gate: str) -> bool:
        """Return True if the signers of this gate are asked."""
        return not self.gates or gate in self.gates


@dataclass(frozen=True)
class Trigger:
    """A reason for the plan's rollback, and the criteria that detect it."""

    trigger: str
    criteria: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class PromotionPlan:
    """The parts of the sign-off page that come from the promotion plan."""

    questions: tuple[Question, ...]
    triggers: tuple[Trigger, ...]
    approvals: tuple[str, ...]
    """The roles that sign."""


def load_plan(
    catalogue: Catalogue, declared: Declared, path: Path = PLAN
) -> PromotionPlan:
    """Read the plan's questions with the declared values in them.

    Raises:
        BadInputError: with every problem of the file.
    """
    document = load(path, "plan")
    problems = [*_unknown(document, catalogue), *_unfilled(document, declared)]
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))
    return PromotionPlan(
        questions=tuple(
            _question(question, declared) for question in document["questions"]
        ),
        triggers=tuple(
            Trigger(trigger["trigger"], tuple(trigger["criteria"]), trigger["note"])
            for trigger in document["triggers"]
        ),
        approvals=tuple(document["approvals"]),
    )


def _question(entry: dict[str, Any], declared: Declared) -> Question:
    return Question(
        plan=entry["plan"],
        but=entry["but"],
        used=entry["used"].format(declared=declared),
        question=entry["question"],
        role=entry["role"],
        criteria=tuple(entry["criteria"]),
        gates=frozenset(entry.get("gates", ())),
    )


def _unknown(document: dict[str, Any], catalogue: Catalogue) -> Iterator[str]:
    """Criteria that the catalogue has not."""
    for section in ("questions", "triggers"):
        for n, entry in enumerate(document[section]):
            for name in entry["criteria"]:
                if name not in catalogue:
                    yield (
                        f"{section}[{n}].criteria names {name}; expected: a criterion "
                        "of promotion/criteria.toml"
                    )


def _unfilled(document: dict[str, Any], declared: Declared) -> Iterator[str]:
    """Values that are not declared under the name that a question gives them."""
    for n, entry in enumerate(document["questions"]):
        try:
            entry["used"].format(declared=declared)
        except (AttributeError, KeyError, IndexError, ValueError) as problem:
            yield (
                f"questions[{n}].used is {entry['used']!r}, and {problem}; expected: "
                "{declared.…} with the name of a declared value"
            )
