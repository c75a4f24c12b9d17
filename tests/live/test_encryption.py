import pytest


@pytest.mark.criterion("ENC-1")
def test_table_is_encrypted_with_kms(deployed):
    """
    Server-side encryption MUST be ENABLED with type KMS.

    Under the AWS-owned key a table is encrypted too, but by no key of the account;
    AWS then describes no encryption at all.
    """
    assert deployed.encryption == "KMS ENABLED"


@pytest.mark.criterion("ENC-2")
def test_key_is_usable_and_of_the_declared_class(declared, deployed):
    """
    The key MUST be of the declared class, enabled, and in the table's own region.

    A key that is disabled or pending deletion takes the table's data with it.
    """
    assert deployed.key_state == deployed.usable_key(declared.key_class)


@pytest.mark.criterion("ENC-3")
def test_key_rotates(deployed):
    """
    A customer-managed key SHOULD rotate by itself.

    AWS rotates its own keys; for ours it is a setting.
    """
    assert deployed.key_rotation == "ON"
