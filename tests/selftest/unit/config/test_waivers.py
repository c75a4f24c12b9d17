from conformance.config.criteria import load_catalogue
from conformance.config.waivers import load_waivers

WAIVER = """
[[waivers]]
environment = "sit"
criterion = "{criterion}"
subject = "orders"
region = "eu-west-1"
observed = "11"
reason = "Agreed until the next release."
owner = "DBA"
ticket = "OPS-1"
expires = {expires}
"""


def waivers(file):
    """The waivers of a file."""
    return load_waivers(load_catalogue(), file)


def test_waivers_name_criteria_and_days(problems):
    """Unknown criteria and expiries that are no dates are reported together."""
    text = WAIVER.format(criterion="GSI-44", expires='"2026-03-31"')
    text += WAIVER.format(criterion="GSI-4", expires="2026-03-31T00:00:00Z")
    assert problems(waivers, "waivers.toml", text) == [
        (
            "waivers[0].expires is '2026-03-31'; expected: a date without quotes and "
            "time, such as 2026-03-31"
        ),
        (
            "waivers[1].expires is '2026-03-31 00:00:00+00:00'; expected: a date "
            "without quotes and time, such as 2026-03-31"
        ),
        (
            "waivers[0].criterion is 'GSI-44'; expected: a criterion of "
            "promotion/criteria.toml that can be waived. Did you mean 'GSI-4'?"
        ),
    ]


def test_a_waiver_without_expiry_is_refused(problems):
    """Nothing is accepted for ever."""
    text = WAIVER.replace("expires = {expires}", "").format(criterion="GSI-4")
    assert problems(waivers, "waivers.toml", text) == [
        (
            "waivers[0].expires is missing; expected: the last day it holds, UTC, such "
            "as 2026-03-31"
        )
    ]
