from dataclasses import replace

import pytest

from conformance.config.declared.surroundings import expand
from conformance.config.environment import load_environment
from conformance.model.errors import BadInputError
from tests.selftest.own_contract import own_declared, own_environment

LOCAL = own_environment("local")

SIT = """
account = "815856636111"
regions = ["eu-west-1"]
table_name = "{name}-sit"
allows = ["read"]
"""
AWAY = 'endpoint_url = "https://dynamodb.example.com"\n'
HERE = 'endpoint_url = "http://127.0.0.1:4566"\n'
CONTRADICTIONS = {
    "stand-in and endpoint": (
        "standin = true\n" + HERE,
        "standin and endpoint_url exclude each other; keep one of them",
    ),
    "key for AWS": (
        'access_key_id = "1"\n',
        "access_key_id is for loopback endpoints only; use a profile instead",
    ),
    "key for another host": (
        'access_key_id = "1"\n' + AWAY,
        "access_key_id is for loopback endpoints only; use a profile instead",
    ),
    "excuses for AWS": (
        '[cannot_prove]\nENC-4 = "no TLS"\n',
        "cannot_prove is for loopback endpoints only; remove it",
    ),
    "excuse for no criterion": (
        HERE + '[cannot_prove]\nENC-44 = "no TLS"\n',
        (
            "cannot_prove.ENC-44 is not known; expected: a criterion of "
            "promotion/criteria.toml. Did you mean 'ENC-4'?"
        ),
    ),
    "half of it on loopback": (
        HERE + '[endpoint_urls]\nkms = "https://kms.example.com"\n',
        "endpoint_urls mix loopback with other hosts; expected: all or none",
    ),
    "no host of AWS": (
        AWAY,
        (
            "https://dynamodb.example.com is no endpoint of AWS, and not surely this "
            "machine; expected: 127.0.0.1, ::1 or localhost, or an endpoint of AWS"
        ),
    ),
    "an endpoint of AWS without TLS": (
        'endpoint_url = "http://dynamodb.eu-west-1.amazonaws.com"\n',
        (
            "http://dynamodb.eu-west-1.amazonaws.com is not encrypted; expected: "
            "https://dynamodb.eu-west-1.amazonaws.com"
        ),
    ),
}
ALMOST_LOOPBACK = ("0.0.0.0", "127.1", "localhost.", "2130706433", "0x7f.1", "[::]")  # noqa: S104


@pytest.mark.parametrize("host", ALMOST_LOOPBACK)
def test_credentials_sign_for_no_other_spelling_of_this_machine(problems, host):
    """Some programs take these for this machine; others send them elsewhere."""
    more = f'endpoint_url = "http://{host}:8000"\n'
    found = problems(lambda file: load_environment(str(file)), "sit.toml", SIT + more)
    assert f"http://{host}:8000 is no endpoint of AWS, and not surely" in found[0]


@pytest.mark.parametrize(
    ("table_name", "more", "word"),
    [
        ("{name}-sit", "", "sit"),
        ("acme-{name}-uat", "", "uat"),
        ("uat_{name}", "", "uat"),
        ("{name}", "", "sit"),
        ("{name}-sit", 'env = "blue"', "blue"),
        ("{name}", 'env = "blue"', "blue"),
    ],
)
def test_names_of_the_surroundings_have_the_environments_word(
    tmp_path, table_name, more, word
):
    """It stands behind the table's name, or before it, or in the file."""
    file = tmp_path / "sit.toml"
    file.write_text(SIT.replace("{name}-sit", table_name) + more, encoding="utf-8")
    environment = load_environment(str(file))
    assert expand("vault-{env}", environment) == f"vault-{word}"


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_an_environment_that_contradicts_itself_is_refused(problems, case):
    """What may stand only beside a loopback endpoint is refused beside another."""
    more, said = CONTRADICTIONS[case]
    found = problems(lambda file: load_environment(str(file)), "sit.toml", SIT + more)
    assert said in found


def test_an_environment_lists_all_its_problems(problems):
    """Wrong values of an environment file stand in one message."""
    text = SIT.replace('"815856636111"', "815856636111").replace("read", "reed")
    found = problems(lambda file: load_environment(str(file)), "sit.toml", text)
    assert found == [
        (
            "account is 815856636111; expected: a text in quotes (an AWS account: 12 "
            "digits, in quotes)"
        ),
        'allows is ["reed"]; expected: "read" among them',
        found[2],
    ]
    assert found[2].startswith('allows[0] is "reed"; allowed: read, data, backup, ')
    assert found[2].endswith(". Did you mean 'read'?")


def test_an_unknown_environment_is_named_with_the_closest():
    """A mistyped name lists the environments there are."""
    with pytest.raises(BadInputError, match=r"known: dev, .*Did you mean 'prod'\?"):
        load_environment("prd")


def test_a_file_that_does_not_say_whose_criteria_apply_is_refused(problems):
    """An environment of another name has to say what it is judged as."""
    (said,) = problems(lambda file: load_environment(str(file)), "blue.toml", SIT)
    assert "judged_as is missing; allowed: dev, sit, prod, dr" in said


def test_targets_may_be_tightened_but_not_loosened():
    """Looser and unknown targets are refused together; a tighter one holds."""
    declared = own_declared(LOCAL).targets["index_delay_ms"]
    tighter = replace(LOCAL, targets={"index_delay_ms": declared / 2})
    looser = replace(
        LOCAL, targets={"index_delay_ms": declared * 2, "index_delai_ms": 1}
    )
    assert own_declared(tighter).target("index_delay_ms") == declared / 2
    with pytest.raises(BadInputError) as refusal:
        own_declared(looser)
    loosened, unknown = str(refusal.value).splitlines()
    assert loosened == (
        f"{LOCAL.source}: targets.index_delay_ms = 2000 would loosen the declared "
        "1000; an environment may only tighten a target"
    )
    assert unknown.startswith(
        f"{LOCAL.source}: targets.index_delai_ms is not declared in surroundings.toml"
    )
    assert unknown.endswith("Did you mean 'index_delay_ms'?")
