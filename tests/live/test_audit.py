import pytest


@pytest.mark.criterion("SEC-2")
def test_a_trail_is_logging(trails):
    """
    A trail MUST log in every region in use, and deliver what it logs.

    A trail of another region counts only if it covers all regions; one that was
    stopped is still listed.
    """
    assert trails.state == "logging"


@pytest.mark.criterion("SEC-2")
def test_data_events_of_the_table_are_logged(trails, deployed):
    """
    Logging trails MUST record reads and writes of items of every table.

    They are recorded only where selectors name the table, or all tables. A trail that
    cannot be read spoils nothing that another one proves.
    """
    assert trails.data_events(deployed.arn) == {"read", "write"}


@pytest.mark.criterion("SEC-2")
def test_log_files_can_be_validated(trails):
    """
    Log files of the trails that record the tables MUST be validated.

    Without digests nobody can tell whether a file was changed or removed. Trails that
    record other things are not judged.
    """
    assert trails.validated == dict.fromkeys(trails.validated, True)


@pytest.mark.criterion("SEC-3")
def test_management_action_is_found_with_its_caller(audit, session):
    """
    A management action of this run MUST be found with the caller's identity.

    Found by its request id; LookupEvents is a few minutes behind, and is asked every
    few seconds as the whole account shares its two requests a second.
    """
    assert audit.of_management() == session.caller.arn


@pytest.mark.criterion("SEC-3")
def test_item_action_is_found_with_its_caller(audit, first_items, contract, session):
    """
    An item action of this run MUST be found where the trail delivers data events.

    LookupEvents never returns data events: only the delivered record proves them.
    """
    where = contract.trail_data_events
    assert audit.of_items(first_items, where) == session.caller.arn
