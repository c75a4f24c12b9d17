"""The resources of a plan as values, and what is known of them only after apply."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from conformance.model.errors import NotAssessedError

UNKNOWN = object()
"""Stands for what is known only after apply."""
GONE = frozenset({"delete", "forget"})
"""Actions after which Terraform has the resource no longer."""


@dataclass(frozen=True)
class Values:
    """The attributes of a resource or of a block in it."""

    where: str
    content: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return the attribute.

        Raises:
            NotAssessedError: it, or a part of it, is known only after apply, or the
                plan does not have it.
        """
        if name not in self.content:
            raise NotAssessedError(f"{self.where}: the plan does not say {name}")
        value = self.content[name]
        if _has_unknown(value):
            raise NotAssessedError(f"{self.where}: {name} is known only after apply")
        return value

    def knows(self, name: str) -> bool:
        """Return True if the attribute is there and all of it is known."""
        return name in self.content and not _has_unknown(self.content[name])

    def known(self, name: str) -> Any:
        """Return the attribute; None if it is absent, or known only after apply."""
        return self.content[name] if self.knows(name) else None

    def blocks(self, name: str) -> list["Values"]:
        """Return the blocks of this name; unknown values in them do not matter here.

        Raises:
            NotAssessedError: not even their number is known before apply.
        """
        found = self.content.get(name) or []
        if found is UNKNOWN or any(block in (UNKNOWN, None) for block in found):
            raise NotAssessedError(f"{self.where}: {name} is known only after apply")
        return [Values(f"{self.where}, {name}", content) for content in found]

    def text(self, name: str) -> str:
        """Return an attribute that AWS always has.

        Raises:
            NotAssessedError: the plan does not say it, or says null.
        """
        value = self[name]
        if value is None:
            raise NotAssessedError(f"{self.where}: the plan does not say {name}")
        return str(value)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; an absent one is empty.

        Raises:
            NotAssessedError: it, or an entry of it, is known only after apply.
        """
        found = self.content.get(name) or []
        if _has_unknown(found) or None in found:
            raise NotAssessedError(f"{self.where}: {name} is known only after apply")
        return list(found)


@dataclass(frozen=True)
class Resource:
    """One instance of a managed resource, before and after the plan."""

    address: str
    module: str
    """The address of its module; empty for the root."""
    type: str
    name: str
    actions: tuple[str, ...]
    reason: str
    """Terraform's reason for the action; may be empty."""
    before: Values | None
    after: Values | None
    """The values after apply; None if the resource would be gone."""

    @property
    def gone(self) -> bool:
        """True if the present resource would be destroyed, replaced or forgotten."""
        return bool(GONE.intersection(self.actions))


def resources(content: Mapping[str, Any]) -> tuple[Resource, ...]:
    """Every managed resource of a plan, also those that stay as they are."""
    changed = [
        _changed(change)
        for change in content["resource_changes"]
        if change["mode"] == "managed"
    ]
    addresses = {resource.address for resource in changed}
    unchanged = [
        Resource(
            address=resource["address"],
            module=_module(resource),
            type=resource["type"],
            name=resource["name"],
            actions=("no-op",),
            reason="",
            before=Values(resource["address"], resource["values"]),
            after=Values(resource["address"], resource["values"]),
        )
        for resource in standing(content["planned_values"])
        if resource["mode"] == "managed" and resource["address"] not in addresses
    ]
    return (*changed, *unchanged)


def standing(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the resources of a state, of all modules."""
    modules = [values.get("root_module", {})]
    while modules:
        module = modules.pop()
        yield from module.get("resources", ())
        modules += module.get("child_modules", ())


def standing_values(resource: Resource) -> Values:
    """Return the values of a resource after apply."""
    return resource.after or Values(resource.address, {})


def _changed(entry: Mapping[str, Any]) -> Resource:
    change = entry["change"]
    address, before, after = entry["address"], change["before"], change["after"]
    stands = after is not None and not GONE.issuperset(change["actions"])
    content = _overlaid(after, change["after_unknown"])
    content = {} if content is UNKNOWN else content
    return Resource(
        address=address,
        module=entry.get("module_address", ""),
        type=entry["type"],
        name=entry["name"],
        actions=tuple(change["actions"]),
        reason=entry.get("action_reason", "").replace("_", " "),
        before=None if before is None else Values(address, before),
        # A deposed object stands beside the one that has its address.
        after=Values(address, content) if stands and "deposed" not in entry else None,
    )


def _module(entry: Mapping[str, Any]) -> str:
    own = f"{entry['type']}.{entry['name']}"
    return str(entry["address"].rpartition(own)[0].rstrip("."))


def _overlaid(value: Any, unknown: Any) -> Any:
    """Return the value with `UNKNOWN` wherever Terraform says true."""
    match unknown:
        case True:
            return UNKNOWN
        case dict() | list() if value is not None and type(value) is not type(unknown):
            return UNKNOWN if unknown else value  # the plan contradicts itself
        case dict():
            known = value or {}
            more = {
                name: _overlaid(known.get(name), unknown_inner)
                for name, unknown_inner in unknown.items()
            }
            return {
                **known,
                **{k: value for k, value in more.items() if k in known or value},
            }
        case list() if unknown:
            return [_overlaid(*pair) for pair in zip_longest(value or [], unknown)]
    return value


def _has_unknown(value: Any) -> bool:
    match value:
        case Mapping():
            return any(map(_has_unknown, value.values()))
        case list():
            return any(map(_has_unknown, value))
    return value is UNKNOWN
