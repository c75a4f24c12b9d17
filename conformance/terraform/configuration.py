"""The configuration of a plan, for values that are known only after apply.

Terraform's JSON lists what an expression refers to, not what it does with it; so only
an expression that refers to one kind of thing is understood.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.terraform.resources import Resource

_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


@dataclass(frozen=True)
class Origin:
    """The origin of a value: a resource's attribute, and the module of the resource."""

    module: tuple[str, ...]
    """The names of the modules around it, the outermost first."""
    reference: str
    """A reference such as `aws_kms_key.tables.arn`, without indexes."""


class Configuration:
    """The configuration of a plan, with the variables it was made with."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Know the plan."""
        self._root: dict[str, Any] = content["configuration"]["root_module"]
        self._variables: dict[str, Any] = content.get("variables", {})
        self.providers: dict[str, Any] = content["configuration"].get(
            "provider_config", {}
        )

    def sets(self, resource: Resource, *path: str | int) -> bool:
        """Return True if the configuration has this attribute or block.

        Blocks that a `dynamic` block makes are not among what Terraform tells.
        """
        return self._expression(resource, path) is not None

    def leaves_out(self, resource: Resource, *path: str | int) -> bool:
        """Return True if the configuration shows the resource, but nothing there."""
        return bool(self._entry(resource)) and not self.sets(resource, *path)

    def origins(self, resource: Resource, *path: str | int) -> frozenset[Origin]:
        """Whatever an expression of the resource refers to, followed to resources."""
        expression = self._expression(resource, path)
        return frozenset(self._followed(_modules(resource), expression))

    def origin_of(self, resource: Resource, attribute: str) -> Origin:
        """Return the reference by which others use an attribute of this resource."""
        named = f"{resource.type}.{resource.name}.{attribute}"
        return Origin(_modules(resource), named)

    def constant(self, resource: Resource, *path: str | int) -> Any:
        """Return the constant of an expression, or its variable's value; else None."""
        expression = self._expression(resource, path)
        return self._value(_modules(resource), expression)

    def region_of(self, resource: Resource) -> Any:
        """Return the region of the resource's provider; None if nothing says it."""
        key = self._entry(resource).get("provider_config_key", "")
        provider = self.providers.get(key, {})
        return self.value(provider, provider.get("expressions", {}).get("region"))

    def providers_of(self, resources: Iterable[Resource]) -> frozenset[str]:
        """Return the configured providers that make these resources."""
        keys = (
            self._entry(resource).get("provider_config_key", "")
            for resource in resources
        )
        return frozenset(filter(None, keys))

    def value(self, provider: Mapping[str, Any], expression: Any) -> Any:
        """Return the constant of a provider's expression, or its variable's value."""
        return self._value(_names(provider.get("module_address", "")), expression)

    def _value(self, module: tuple[str, ...], expression: Any) -> Any:
        if not isinstance(expression, dict):
            return None
        if "constant_value" in expression:
            return expression["constant_value"]
        leaves = _leaves(expression)
        if len(leaves) != 1 or not leaves[0].startswith("var."):
            return None
        name = leaves[0].removeprefix("var.")
        default = self._module(module).get("variables", {}).get(name, {}).get("default")
        if not module:
            return self._variables.get(name, {}).get("value", default)
        call = self._call(module).get("expressions", {})
        return self._value(module[:-1], call[name]) if name in call else default

    def _expression(self, resource: Resource, path: tuple[str | int, ...]) -> Any:
        """Return the expression of an attribute; None if there is none."""
        expression: Any = self._entry(resource).get("expressions", {})
        try:
            for step in path:
                expression = expression[step]
        except (KeyError, IndexError, TypeError):
            return None
        return expression

    def _entry(self, resource: Resource) -> dict[str, Any]:
        wanted = f"{resource.type}.{resource.name}"
        entries = self._module(_modules(resource)).get("resources", ())
        return next((entry for entry in entries if entry["address"] == wanted), {})

    def _module(self, names: tuple[str, ...]) -> dict[str, Any]:
        module = self._root
        for name in names:
            module = module.get("module_calls", {}).get(name, {}).get("module", {})
        return module

    def _call(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Return the call of a module in the module around it."""
        calls = self._module(names[:-1]).get("module_calls", {})
        return dict(calls.get(names[-1], {}))

    def _followed(self, module: tuple[str, ...], expression: Any) -> Iterator[Origin]:
        """Through variables up, and through outputs down, to where a value is made."""
        for leaf in _leaves(expression):
            kind, _, rest = leaf.partition(".")
            name, _, output = rest.partition(".")
            if kind == "var" and module:
                call = self._call(module).get("expressions", {})
                yield from self._followed(module[:-1], call.get(name))
            elif kind == "module":
                inner = (*module, name)
                outputs = self._module(inner).get("outputs", {})
                made = outputs.get(output.partition(".")[0], {}).get("expression")
                yield from self._followed(inner, made)
            else:
                yield Origin(module, leaf)


def _modules(resource: Resource) -> tuple[str, ...]:
    """Return the names of the modules around a resource."""
    return _names(resource.module)


def _names(address: str) -> tuple[str, ...]:
    """Return the names of the modules in a module's address, the outermost first."""
    return tuple(_INDEX.sub("", address).split(".")[1::2])


def _leaves(expression: Any) -> list[str]:
    """Return the references of an expression, without the steps that lead there.

    Terraform lists `aws_kms_key.tables.arn` together with `aws_kms_key.tables`.
    """
    if not isinstance(expression, dict):
        return ["nothing"]
    found = [
        _INDEX.sub("", reference) for reference in expression.get("references", ())
    ]
    shorter = {
        step
        for step in found
        if any(reference.startswith(f"{step}.") for reference in found)
    }
    return [
        reference for reference in dict.fromkeys(found) if reference not in shorter
    ] or ["nothing"]
