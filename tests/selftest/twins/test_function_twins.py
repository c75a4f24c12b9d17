"""Functions whose draft is not what serves, or that nobody has declared."""

import copy

import pytest

from tests.selftest.twins.access_env import secured

__all__ = ["secured"]

NAME, KEY = "campaigns_lambda", "INT-1 campaigns_lambda"
REGION = "eu-west-1"


class Function:
    """The recorded answers about one function, to be changed."""

    def __init__(self, environment):
        """Copy the answers of the conforming environment."""
        self.environment = environment
        self.answers = environment.answers()
        self.draft = self.answers["GetFunctionConfiguration", NAME]

    def publish(self, version, **changed):
        """Give the function a version that differs from its draft."""
        shown = copy.deepcopy(self.draft) | {"Version": version}
        for name, value in changed.items():
            if name in shown["Environment"]["Variables"]:
                shown["Environment"]["Variables"][name] = value
            else:
                shown[name] = value
        parameters = {"FunctionName": NAME, "Qualifier": version}
        self.answers.add(
            "lambda", REGION, "GetFunctionConfiguration", shown, **parameters
        )

    def alias(self, name, version, **weights):
        """Let an alias lead to a version, and by weight to a second one."""
        alias = {"Name": name, "FunctionVersion": version}
        if weights:
            second = {key.lstrip("v"): weight for key, weight in weights.items()}
            alias["RoutingConfig"] = {"AdditionalVersionWeights": second}
        self.answers["ListAliases", NAME].setdefault("Aliases", []).append(alias)

    def judge(self):
        """Return the outcome of INT-1 and the reasons."""
        judged = self.environment.judge(self.answers, "INT-1")
        return judged.get(KEY, "PASS"), judged.findings

    @property
    def outcome(self):
        """The outcome of INT-1."""
        return self.judge()[0]


@pytest.fixture
def function(sit):
    """Return the function of a conforming environment."""
    return Function(sit)


OLD = {"CAMPAIGNS_TABLE": "campaigns-dev"}


def test_an_alias_that_leads_to_what_is_declared_is_right(function):
    """Published from the same configuration, it serves as the draft would."""
    function.publish("1")
    function.alias("live", "1")
    assert function.outcome == "PASS"


@pytest.mark.parametrize(
    "changed",
    [
        OLD,
        {"TABLE_REGION": "eu-west-2"},
        {"Role": "arn:aws:iam::1:role/other"},
        {"State": "Failed"},
        {"Environment": {}},
    ],
)
def test_an_alias_that_leads_to_something_else_fails(function, changed):
    """Whatever the draft says: traffic goes to the version of the alias."""
    function.publish("1", **changed)
    if "Role" in changed:
        function.answers.add("iam", REGION, "GetRole", {}, RoleName="other")
        function.answers.fail("GetRole", "other", code="NoSuchEntity")
    function.alias("live", "1")
    assert "FAIL" in function.outcome


def test_the_second_version_of_a_weighted_alias_counts(function):
    """A tenth of the traffic to another environment's table is too much."""
    function.publish("1")
    function.publish("2", **OLD)
    function.alias("live", "1", v2=0.1)
    outcome, findings = function.judge()
    assert outcome == "NOT_ASSESSED"
    (reason,) = [found["reason"] for found in findings if "serves" in found["reason"]]
    assert "alias live (2) has CAMPAIGNS_TABLE campaigns-dev" in reason
    assert "declare the service's qualifier" in reason


def test_a_version_without_weight_does_not_count(function):
    """Nothing goes there."""
    function.publish("1")
    function.publish("2", **OLD)
    function.alias("live", "1", v2=0.0)
    assert function.outcome == "PASS"


def test_aliases_that_differ_are_not_assessed(function):
    """One of them serves, and the declaration does not say which."""
    function.publish("1", **OLD)
    function.publish("2")
    function.alias("previous", "1")
    function.alias("live", "2")
    assert function.outcome == "NOT_ASSESSED"


def test_a_draft_that_differs_from_its_alias_is_not_assessed(function):
    """Requests without a qualifier would reach it."""
    function.publish("1")
    function.alias("live", "1")
    function.draft["Environment"]["Variables"] |= OLD
    assert function.outcome == "NOT_ASSESSED"


def test_an_idle_function_is_active_with_its_next_request(function):
    """Lambda takes its resources back after weeks, and gives them again."""
    function.draft |= {"State": "Inactive", "StateReasonCode": "Idle"}
    assert function.outcome == "PASS"
    del function.draft["StateReasonCode"]
    assert function.outcome == "PASS"


@pytest.mark.parametrize(
    "state",
    [
        {"State": "Inactive", "StateReasonCode": "ImageDeleted"},
        {"State": "ActiveNonInvocable"},
        {"State": "Deactivated"},
        {"LastUpdateStatus": "Failed"},
    ],
)
def test_another_state_fails(function, state):
    """Only the reason Idle is harmless."""
    function.draft |= state
    assert function.outcome == "FAIL"


def test_a_function_that_is_throttled_to_nothing_fails(function):
    """A reserved concurrency of 0 lets no request through."""
    concurrency = function.answers["GetFunctionConcurrency", NAME]
    concurrency["ReservedConcurrentExecutions"] = 0
    assert function.outcome == "FAIL"
    concurrency["ReservedConcurrentExecutions"] = 5
    assert function.outcome == "PASS"


def test_a_role_with_a_path_is_the_declared_role(function):
    """The declaration names the role alone."""
    function.draft["Role"] = function.draft["Role"].replace(":role/", ":role/apps/x/")
    assert function.outcome == "PASS"


def test_a_region_that_is_not_set_is_not_assessed(function):
    """The function may take AWS_REGION; a wrong table is wrong all the same."""
    variables = function.draft["Environment"]["Variables"]
    del variables["TABLE_REGION"]
    outcome, findings = function.judge()
    assert outcome == "NOT_ASSESSED"
    reasons = " ".join(found["reason"] for found in findings)
    assert "TABLE_REGION is not set" in reasons
    assert 'region_variable = "AWS_REGION"' in reasons
    variables |= OLD
    assert function.outcome == "FAIL"


@pytest.mark.parametrize(
    "operation", ["ListAliases", "ListFunctions", "GetFunctionConcurrency"]
)
def test_what_may_not_be_read_is_an_error(sit, operation):
    """A denied read is never taken for an empty list."""
    answers = sit.answers()
    answers.fail(operation)
    subject = "INT-1" if operation == "ListFunctions" else KEY
    assert sit.judge(answers, "INT-1") == {subject: "ERROR"}


def listed(sit, **variables):
    """Return answers in which one function more is listed, with these variables."""
    answers = sit.answers()
    functions = answers["ListFunctions"]["Functions"]
    other = {"FunctionName": "reporting", "Environment": {"Variables": variables}}
    functions.append(other)
    return answers


def test_a_function_that_nobody_declared_fails(sit):
    """It names a declared table, alone or in an ARN."""
    table = sit.table("users")
    arn = f"arn:aws:dynamodb:{REGION}:1:table/{table}/index/UsersByEmail"
    for value in (table, arn, f'{{"table": "{table}"}}'):
        judged = sit.judge(listed(sit, SOURCE=value), "INT-1")
        assert judged == {"INT-1": "FAIL"}
        (reason,) = judged.reasons("INT-1")
        assert f"reporting names {table} (SOURCE)" in reason


def test_a_function_that_names_another_table_is_not_ours(sit):
    """A longer name is another table's."""
    table = sit.table("users")
    answers = listed(sit, SOURCE=f"{table}-archive", OTHER=f"old-{table}")
    assert sit.judge(answers, "INT-1") == {}


def test_a_function_whose_variables_cannot_be_read_is_an_error(sit):
    """It may name a declared table."""
    answers = listed(sit)
    error = {"Error": {"ErrorCode": "KMSAccessDenied", "Message": "no key"}}
    answers["ListFunctions"]["Functions"][-1]["Environment"] = error
    assert sit.judge(answers, "INT-1") == {"INT-1": "ERROR"}


def test_deployed_functions_are_judged_alike(secured):
    """Over HTTP, an alias of an old version and an undeclared function are seen."""
    client = secured.client("lambda")
    secured.function("order_lambda", ORDERS_TABLE="orders-dev")
    version = client.publish_version(FunctionName="order_lambda")["Version"]
    client.create_alias(
        FunctionName="order_lambda", Name="live", FunctionVersion=version
    )
    secured.function("order_lambda", ORDERS_TABLE=secured.table("orders"))
    client.put_function_concurrency(
        FunctionName="product_lambda", ReservedConcurrentExecutions=0
    )
    shown = client.get_function_configuration(FunctionName="order_lambda")
    client.create_function(
        FunctionName="reporting",
        Role=shown["Role"],
        Runtime="python3.12",
        Handler="service.handle",
        Code={"ZipFile": b"none runs"},
        Environment={"Variables": {"SOURCE": secured.table("users")}},
    )
    result = secured.judge("INT-1")
    wrong = ("order_lambda", "product_lambda", secured.file.stem)
    assert result.found("FAIL") == {("INT-1", subject) for subject in wrong}
    reasons = " ".join(result.reasons("INT-1", "FAIL"))
    assert "orders-dev by alias live (1)" in reasons
    assert "its reserved concurrency is 0" in reasons
    assert f"reporting names {secured.table('users')} (SOURCE)" in reasons
