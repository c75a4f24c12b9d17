"""The surroundings of the tables, as they apply to one environment."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.config.environment import Environment
from conformance.config.schema_errors import hint
from conformance.model.errors import BadInputError

_STAGES = {"dev", "sit", "prod"}


def expand(value: Any, environment: Environment) -> Any:
    """Return the value with this environment's names and choices in it.

    `{env}` in a text becomes the environment's own word. A table with `default` and
    any of dev, sit, prod is a choice between them.
    """
    if isinstance(value, str):
        return value.replace("{env}", environment.env)
    if isinstance(value, list):
        return [expand(inner, environment) for inner in value]
    if not isinstance(value, dict):
        return value
    if "default" in value and set(value) <= _STAGES | {"default"}:
        return expand(value.get(environment.stage, value["default"]), environment)
    return {name: expand(inner, environment) for name, inner in value.items()}


def with_overrides(
    targets: dict[str, float], environment: Environment
) -> Mapping[str, float]:
    """Return the declared targets with the environment's stricter ones.

    Raises:
        BadInputError: the environment loosens a target, or names an unknown one.
    """
    problems = list(_loosened(targets, environment))
    if problems:
        lines = (f"{environment.source}: {problem}" for problem in problems)
        raise BadInputError("\n".join(lines))
    return {**targets, **environment.targets}


def _loosened(targets: dict[str, float], environment: Environment) -> Iterator[str]:
    for name, value in environment.targets.items():
        if name not in targets:
            yield (
                f"targets.{name} is not declared in surroundings.toml"
                f"{hint(name, sorted(targets))}"
            )
        elif value > targets[name]:
            yield (
                f"targets.{name} = {value:g} would loosen the declared "
                f"{targets[name]:g}; an environment may only tighten a target"
            )
