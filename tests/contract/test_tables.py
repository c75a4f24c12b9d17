def test_key_attribute_has_one_type(declared):
    """
    An attribute MUST have one type, in whichever keys of a table it stands.

    DynamoDB defines each key attribute once a table; CreateTable refuses a second
    type for it.
    """
    attributes = {it for key in declared.keys for it in key.attributes}
    names = [attribute.name for attribute in sorted(attributes)]
    assert names == sorted(set(names))


def test_partition_and_sort_key_are_two_attributes(declared):
    """
    The partition key and the sort key MUST be two attributes.

    CreateTable refuses one attribute in both places.
    """
    same = [key for key in declared.keys if len({a.name for a in key.attributes}) == 1]
    assert [key for key in same if key.sort] == []


def test_capacity_mode_is_on_demand(declared):
    """
    The declared capacity mode MUST be on-demand.

    The promotion plan asks for it for every table, in every environment.
    """
    assert declared.capacity_mode == "PAY_PER_REQUEST"


def test_point_in_time_recovery_is_enabled(declared):
    """
    Point-in-time recovery MUST be declared as enabled.

    The promotion plan asks for it for every table, in every environment.
    """
    assert declared.recovery_status == "ENABLED"


def test_encryption_is_by_kms(declared):
    """
    The declared encryption key MUST be one of KMS, managed by AWS or the customer.

    The plan says KMS. The key that AWS owns is none of the account's: nobody can
    audit its use there.
    """
    assert declared.key_class in ("AWS_MANAGED", "CUSTOMER_MANAGED")


def test_reserved_words_are_named(declared, reserved_among):
    """
    The attributes whose names DynamoDB reserves MUST be exactly those named so.

    Every expression needs a placeholder for them; without one AWS answers with a
    ValidationException. The plan's own query on status is an example.
    """
    assert reserved_among(declared.attribute_names) == declared.reserved_words


def test_expiry_attribute_holds_a_number(declared):
    """
    Where items expire, the sample MUST hold the expiry attribute as a number.

    TTL ignores an item whose expiry time has another type: it stays for ever.
    """
    expiry = declared.sample.get(declared.ttl, {})
    assert declared.ttl == "OFF" or list(expiry) == ["N"]
