"""What stands around the tables, as it applies to one environment."""

from collections.abc import Mapping
from typing import Any

from conformance.environment import Environment
from conformance.errors import BadInputError

_STAGES = {"dev", "sit", "prod"}


def resolved(value: Any, environment: Environment) -> Any:
    """The value with this environment's names and choices put in.

    `{env}` in a text becomes what stands around `{name}` in the environment's table
    names. A table with `default` and any of dev, sit, prod is a choice between them.
    """
    if isinstance(value, str):
        return value.replace("{env}", environment.suffix)
    if isinstance(value, list):
        return [resolved(inner, environment) for inner in value]
    if not isinstance(value, dict):
        return value
    if "default" in value and set(value) <= _STAGES | {"default"}:
        return resolved(value.get(environment.stage, value["default"]), environment)
    return {name: resolved(inner, environment) for name, inner in value.items()}


def tightened(
    targets: dict[str, float], environment: Environment
) -> Mapping[str, float]:
    """The declared targets, with those that the environment tightens.

    Raises:
        BadInputError: the environment loosens a target, or names an unknown one.
    """
    for name, value in environment.targets.items():
        if name not in targets:
            raise BadInputError(
                f"{environment.source}: targets.{name} is not declared in "
                f"surroundings.toml; allowed: {', '.join(sorted(targets))}"
            )
        if value > targets[name]:
            raise BadInputError(
                f"{environment.source}: targets.{name} = {value:g} would loosen the "
                f"declared {targets[name]:g}; an environment may only tighten a target"
            )
    return {**targets, **environment.targets}
