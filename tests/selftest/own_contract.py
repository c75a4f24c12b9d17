"""The self-tests' own contract: another one in the checkout does not change them."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from conformance.config.declared import load_declared
from conformance.config.declared.demands import declared_demands
from conformance.config.environment import load_environment
from conformance.config.file_reader import load
from conformance.run.inputs import load_inputs

FOLDER = Path(__file__).parent / "contract"
SCHEMAS = FOLDER / "schemas.json"
SURROUNDINGS = FOLDER / "surroundings.toml"
PLAN = FOLDER / "plan.toml"


def own_file(name):
    """The file of an environment of this contract."""
    return FOLDER / "environments" / f"{name}.toml"


@cache
def own_environment(name):
    """An environment of this contract; a value, and so read once."""
    return load_environment(str(own_file(name)))


def own_declared(environment):
    """This contract, as it applies to an environment."""
    if environment.name not in _READ or _READ[environment.name][0] != environment:
        _READ[environment.name] = environment, _read(environment)
    return _READ[environment.name][1]


_READ = {}


def _read(environment):
    declared = load_declared(replace(environment, surroundings=SURROUNDINGS), SCHEMAS)
    plan = load(PLAN, "plan")
    names = {table: frozenset(indexes) for table, indexes in plan["tables"].items()}
    demands = declared_demands(plan["demands"], environment.stage)
    return replace(declared, plan_names=names, demands=demands)


def own_inputs(name):
    """The files that a run on an environment of this contract reads."""
    return load_inputs(own_environment(name), SCHEMAS)
