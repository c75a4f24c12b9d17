def test_key_attribute_has_one_type(declared):
    """
    An attribute MUST have one type, in whichever keys of a table it stands.

    DynamoDB defines each key attribute once a table; CreateTable refuses a second
    type for it.
    """
    attributes = {attribute for key in declared.keys for attribute in key.attributes}
    names = [attribute.name for attribute in sorted(attributes)]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert twice == [], (
        f"schemas.json: tables.{declared.name} gives {', '.join(twice)} more than one "
        "type; expected: the same type in every key"
    )


def test_partition_and_sort_key_are_two_attributes(declared):
    """
    The partition key and the sort key MUST be two attributes.

    CreateTable refuses one attribute in both places.
    """
    same = [
        key.partition.name
        for key in declared.keys
        if key.sort and key.sort.name == key.partition.name
    ]
    assert same == [], (
        f"schemas.json: a key of tables.{declared.name} has {', '.join(same)} as "
        "partition key and as sort key; expected: two attributes"
    )


def test_capacity_mode_is_on_demand(declared, contract):
    """
    The declared capacity mode MUST be what the promotion plan demands: on-demand.

    The promotion plan asks for it for every table, in every environment.
    """
    demanded = contract.demands.capacity_mode
    assert declared.capacity_mode in demanded, (
        f"schemas.json: tables.{declared.name}.capacity_mode is "
        f"{declared.capacity_mode}; expected: {demanded}"
    )


def test_point_in_time_recovery_is_enabled(declared, contract):
    """
    Point-in-time recovery MUST be declared as the promotion plan demands: enabled.

    The promotion plan asks for it for every table, in every environment.
    """
    demanded = contract.demands.recovery_status
    assert declared.recovery_status in demanded, (
        f"schemas.json: tables.{declared.name}.point_in_time_recovery.status is "
        f"{declared.recovery_status}; expected: {demanded}"
    )


def test_encryption_is_by_kms(declared, contract):
    """
    The declared encryption key MUST be one of KMS, managed by AWS or the customer.

    The plan says KMS. The key that AWS owns is none of the account's: nobody can
    audit its use there.
    """
    demanded = contract.demands.key_class
    assert declared.key_class in demanded, (
        f"schemas.json: tables.{declared.name}.encryption is {declared.key_class}; "
        f"expected: {demanded}"
    )


def test_reserved_words_are_named(declared, reserved_among):
    """
    The attributes whose names DynamoDB reserves MUST be exactly those named so.

    Every expression needs a placeholder for them; without one AWS answers with a
    ValidationException. The plan's own query on status is an example.
    """
    reserved = sorted(reserved_among(declared.attribute_names))
    assert reserved == sorted(declared.reserved_words), (
        f"schemas.json: tables.{declared.name}.reserved_words must be exactly the "
        f"attributes whose names DynamoDB reserves: {', '.join(reserved) or 'none'}"
    )


def test_expiry_attribute_holds_a_number(declared):
    """
    Where items expire, the sample MUST hold the expiry attribute as a number.

    TTL ignores an item whose expiry time has another type: it stays for ever.
    """
    expiry = declared.sample.get(declared.ttl, {})
    assert declared.ttl == "OFF" or list(expiry) == ["N"], (
        f"schemas.json: tables.{declared.name}.sample must hold {declared.ttl}, the "
        "expiry attribute, as a number"
    )


def test_expiry_of_the_sample_is_in_seconds(declared, expiry_window):
    """
    Where items expire, the sample's expiry time MUST be one that TTL acts on.

    TTL reads seconds since 1970. A time in milliseconds lies thousands of years ahead,
    and an item that expired more than five years ago is never deleted (DynamoDB
    Developer Guide, "Time to Live").
    """
    expiry = declared.sample.get(declared.ttl, {}).get("N")
    if declared.ttl == "OFF" or expiry is None:
        return
    assert int(float(expiry)) in expiry_window, (
        f"schemas.json: tables.{declared.name}.sample.{declared.ttl} is {expiry}; "
        f"expected: seconds since 1970, from {expiry_window.start} (five years ago; "
        f"what expired earlier stays for ever) to {expiry_window.stop} (year 2100)"
    )
