"""A refusal for another reason than the exercised one decides nothing."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from conformance.aws.client import AwsError
from conformance.model.errors import UnreadableError
from conformance.probes.writes import Writes
from tests.selftest.own_contract import own_declared, own_environment

TABLES = own_declared(own_environment("local")).tables


class FakeItems:
    """Items of a table that answers writes with one error, and holds nothing."""

    def __init__(self, error):
        """Take the error."""
        self._error = error
        self.declared = TABLES["users"]
        self.deployed = SimpleNamespace(
            name="users",
            region="eu-west-1",
            index=lambda _: SimpleNamespace(holds=lambda _: True),
        )
        self.client = SimpleNamespace(transact_write_items=self.send)

    def send(self, *_, **__):
        """Refuse."""
        raise self._error

    def item(self, _=0):
        """Return an item of the contract's sample."""
        return dict(self.declared.sample)

    def get(self, _=0):
        """Find nothing."""

    def delete(self, _=0):
        """Delete nothing."""


def cancelled(*codes):
    """A transaction that was cancelled for these reasons, one for each item."""
    return ClientError(
        {
            "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
            "CancellationReasons": [{"Code": code} for code in codes],
        },
        "TransactWriteItems",
    )


UNDECIDED = {
    "a conflict": cancelled("None", "TransactionConflict"),
    "a throttle": cancelled("ThrottlingError", "None"),
    "a condition and a throttle": cancelled(
        "ConditionalCheckFailed", "ThrottlingError"
    ),
    "no reason": cancelled(),
    "a fault of AWS": ClientError(
        {"Error": {"Code": "InternalServerError"}}, "TransactWriteItems"
    ),
    "no answer": EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
}


@pytest.mark.parametrize("what", UNDECIDED)
@pytest.mark.parametrize("holds", [True, False])
def test_a_transaction_that_met_something_else_is_an_error(what, holds):
    """It is not taken for a failed condition."""
    items = FakeItems(UNDECIDED[what])
    with pytest.raises(UnreadableError, match="transact_write_items in eu-west-1"):
        Writes(items).transaction(items, condition_holds=holds)


def test_a_transaction_whose_condition_failed_wrote_nothing():
    """This is what is exercised."""
    items = FakeItems(cancelled("None", "ConditionalCheckFailed"))
    found = Writes(items).transaction(items, condition_holds=False)
    assert found == (False, False)


@pytest.mark.parametrize("code", ["InternalServerError", "ThrottlingException"])
def test_an_item_that_met_a_fault_is_neither_refused_nor_accepted(code):
    """Only a ValidationException is a refusal of the item."""
    with pytest.raises(AwsError):
        Writes(FakeItems(AwsError("put_item: fault", code))).refusals()


def test_a_refused_item_is_refused():
    """Every wrong item of the table's share gets the documented answer."""
    writes = Writes(FakeItems(AwsError("put_item: wrong", "ValidationException")))
    assert writes.refusals() == writes.declared_refusals
