import pytest


@pytest.mark.criterion("INT-1")
def test_function_is_active(deployed_service):
    """
    What serves of each service's function MUST exist and be Active.

    An alias or version serves, if one is declared. Without one, the draft and every
    alias count. Whatever else rests on a missing function is not assessed, so that it
    shows once.
    """
    assert deployed_service.state == "Active"


@pytest.mark.criterion("INT-1")
def test_function_names_this_environments_tables(deployed_service):
    """
    The variables of what serves MUST name this environment's tables and region.

    A function that points at another environment works, on the wrong data. An alias
    leads to a published version, which no change of the draft reaches.
    """
    assert deployed_service.variables == deployed_service.declared_variables


@pytest.mark.criterion("INT-1")
def test_function_runs_as_its_role(deployed_service, declared_service):
    """
    The function MUST run as the role that is declared for it.

    Least privilege is judged of that role.
    """
    assert deployed_service.role_name == declared_service.role


@pytest.mark.criterion("INT-1")
def test_function_may_reach_its_tables(deployed_service):
    """
    The role that the function runs as MUST be allowed its tables and indexes.

    Whatever role that is: this is what the service meets when it runs.
    """
    assert deployed_service.out_of_reach == frozenset()


@pytest.mark.criterion("INT-1")
def test_functions_that_name_a_table_are_declared(deployed_functions):
    """
    A function whose variables name a declared table MUST be declared as a service.

    Nothing else is known of it: neither its role nor what it does is judged.
    """
    assert deployed_functions.undeclared == frozenset()


@pytest.mark.criterion("INT-2")
def test_items_are_found_as_the_service_looks_for_them(lookup):
    """
    A service MUST find what it created, and only that, by the index it uses.

    Created with a conditional write; found by the partition key and a range of the
    sort key, the highest first.
    """
    created = lookup.create()
    assert lookup.found(created) == created


@pytest.mark.criterion("INT-2")
def test_item_is_created_once(lifecycle):
    """
    An item MUST be created once, however often the request is repeated.

    The same token means the same request; another request for the same item is
    refused by its condition.
    """
    assert lifecycle.creation() == lifecycle.promised


@pytest.mark.criterion("INT-2")
def test_item_moves_through_its_states(lifecycle, declared_lifecycle):
    """
    An item MUST be read in each state that a transaction moved it to.

    As its owner reads it: through the index.
    """
    assert lifecycle.history() == declared_lifecycle.moves


@pytest.mark.criterion("INT-2")
def test_item_does_not_move_back(lifecycle):
    """
    A move from a state that the item has left MUST be refused.

    Two workers that handle one order must not both win.
    """
    assert lifecycle.step_back() == "refused"


@pytest.mark.criterion("INT-2")
def test_function_answers_its_test_event(invocation):
    """
    A function with a declared test event MUST answer it with success.

    A status code of 400 or more is none, nor is an answer without what is declared of
    it. Invoked only where the environment allows it; without a test event there is
    nothing to invoke it with.
    """
    assert invocation == "succeeded"
