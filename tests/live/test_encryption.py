import pytest


@pytest.mark.criterion("ENC-1")
def test_table_is_encrypted_as_declared(declared, deployed):
    """
    Server-side encryption MUST be ENABLED with type KMS, if KMS is declared.

    Under the AWS-owned key a table is encrypted too, but by no key of the account;
    AWS then describes no encryption at all.
    """
    assert deployed.encryption == declared.encryption


@pytest.mark.criterion("ENC-1")
def test_declared_key_class_is_what_the_plan_demands(declared, contract):
    """
    The contract MUST declare a class of key that the promotion plan demands: of KMS.

    A contract that is weaker than the plan would pass what the plan forbids.
    """
    assert declared.key_class in contract.demands.key_class


@pytest.mark.criterion("ENC-2")
@pytest.mark.usefixtures("kms_encryption")
def test_key_is_usable_and_of_the_declared_class(declared, deployed):
    """
    The key MUST be of the declared class and usable, and of this region and account.

    A key that is disabled, pending deletion or somebody else's takes the table's data
    with it. DynamoDB archives a table whose key it lost for seven days.
    """
    assert deployed.key_state == deployed.usable_key(declared.key_class)


@pytest.mark.criterion("ENC-3")
@pytest.mark.usefixtures("kms_encryption")
def test_key_rotates(deployed):
    """
    A customer-managed key SHOULD rotate by itself.

    AWS rotates its own keys; for ours it is a setting.
    """
    assert deployed.key_rotation == "ON"
