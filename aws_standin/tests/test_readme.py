"""The README's table of routes is complete, and its examples work."""

import json
import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
ROW = re.compile(
    r"^\| (`(?P<route>[A-Z]+ /_standin/\S*)`)? ?\| (`(?P<body>.*?)`)? ?\|", re.MULTILINE
)
NEEDS_A_PLAN = {"POST /_standin/backup/history"}
"""The routes whose example names what a new stand-in does not have."""


def examples():
    """List (route, body) of the table; a row without a route has the one above."""
    found, route = [], ""
    for row in ROW.finditer(README.read_text(encoding="utf-8")):
        route = row["route"] or route
        if route:
            found.append((route, row["body"]))
    return found


def test_every_route_is_in_the_readme(control):
    """A route that is added MUST be described."""
    assert {route for route, _ in examples()} == set(control(""))


def test_the_examples_of_the_readme_work(control):
    """Every body of the table MUST be accepted."""
    posts = [(route, body) for route, body in examples() if route.startswith("POST")]
    refused = []
    for route, body in posts:
        if route not in NEEDS_A_PLAN:
            answer = control(route.removeprefix("POST /_standin/"), json.loads(body))
            refused += [(route, answer)] if isinstance(answer, tuple) else []
    control("settings", {"dynamodb": {"table_creating": 0}})
    control("clock", {"reset": True})
    control("faults/clear", {})

    assert refused == []
