"""Write docs/answers.md: `make answers`. Ends with 1 if something must not be."""

import sys

from tests.selftest.answers.decisions import load_decisions
from tests.selftest.answers.examination import Examination
from tests.selftest.answers.page import PAGE, page
from tests.selftest.answers.survey import survey


def main():
    """Examine every member, write the page, and print what must not be."""
    found = Examination(load_decisions())
    for environment, place, notices in survey():
        found.add(environment, place, notices)
    PAGE.write_text(page(found), encoding="utf-8")
    wrong = [*found.problems, *found.stale]
    lines = [*wrong, f"{len(found.criteria)} members, {len(wrong)} problems: {PAGE}"]
    sys.stdout.write("\n".join([*lines, ""]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
