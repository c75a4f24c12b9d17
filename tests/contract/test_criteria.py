SEEN_AT = {
    "sit-deploy": {"D", "S"},
    "sit": {"S"},
    "prod-pre": {"S", "P", "R"},
    "prod": {"P", "R"},
}
"""The scopes whose evidence a gate takes, by the gate."""


def test_every_criterion_has_a_gate(catalogue):
    """
    Every criterion MUST be asked for at one gate at least.

    One that no gate asks for is promised to the customer and decides nothing.
    """
    wrong = [name for name, criterion in catalogue.items() if not criterion.gates]
    assert wrong == [], (
        f"promotion/criteria.toml: {', '.join(wrong)}: gates is empty; "
        f"expected: one of {', '.join(SEEN_AT)}"
    )


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
    assert unseen == [], "\n".join(
        f"promotion/criteria.toml: {name}.gates names {gate}, which takes evidence of "
        f"scope {' or '.join(sorted(SEEN_AT[gate]))} only; the criterion's scope is "
        f"{' and '.join(sorted(catalogue[name].scope))}"
        for name, gate in unseen
    )


def test_ids_count_from_one(catalogue):
    """
    The ids of an area MUST count from 1, in the order of the plan, without a gap.

    An id is quoted in sign-offs: a criterion is never taken away silently.
    """
    areas: dict[str, list[int]] = {}
    for name in catalogue:
        area, _, number = name.partition("-")
        areas.setdefault(area, []).append(int(number))
    wrong = {
        area: numbers
        for area, numbers in areas.items()
        if numbers != [*range(1, len(numbers) + 1)]
    }
    assert wrong == {}, "\n".join(
        f"promotion/criteria.toml: the ids of {area} are numbered "
        f"{', '.join(map(str, numbers))}; expected: 1, 2, 3, … without a gap"
        for area, numbers in wrong.items()
    )
