SEEN_AT = {
    "sit-deploy": {"D", "S"},
    "sit": {"S"},
    "prod-pre": {"S", "P", "R"},
    "prod": {"P", "R"},
}
"""Which environments' evidence a gate takes, by the letters of the scope."""


def test_every_criterion_has_a_gate(catalogue):
    """
    Every criterion MUST be asked for at one gate at least.

    One that no gate asks for is promised to the customer and decides nothing.
    """
    assert [name for name, criterion in catalogue.items() if not criterion.gates] == []


def test_every_gate_is_known_and_sees_its_criteria(catalogue):
    """
    A criterion MUST apply to an environment that its gate takes evidence from.

    Otherwise it stays open at that gate for ever, and blocks it.
    """
    unseen = [
        (name, gate)
        for name, criterion in catalogue.items()
        for gate in criterion.gates
        if not SEEN_AT[gate] & criterion.scope
    ]
    assert unseen == []


def test_ids_count_from_one(catalogue):
    """
    The ids of an area MUST count from 1, in the order of the plan, without a gap.

    An id is quoted in sign-offs: a criterion is never taken away silently.
    """
    areas: dict[str, list[int]] = {}
    for name in catalogue:
        area, _, number = name.partition("-")
        areas.setdefault(area, []).append(int(number))
    gaps = [it for it, found in areas.items() if found != [*range(1, len(found) + 1)]]
    assert gaps == []
