"""A change of an application that exists: what it was, what it becomes, and which names are the same thing."""

from __future__ import annotations

from memory.records.spec import AppSpec, Record, WireName


class Renames(Record):
    """Without these a new name would be a new thing, and the old thing's data would go."""

    resources: tuple[tuple[WireName, WireName], ...] = ()
    """(old, new)"""
    fields: tuple[tuple[WireName, WireName, WireName], ...] = ()
    """(resource by its new name, old field, new field)"""

    def resource_before(self, name: str) -> str:
        """The old name of what is now called `name`."""
        return next((old for old, new in self.resources if new == name), name)

    def field_before(self, resource: str, name: str) -> str:
        return next((old for owner, old, new in self.fields if (owner, new) == (resource, name)), name)

    def turned(self) -> Renames:
        """The way back."""
        return Renames(
            resources=tuple((new, old) for old, new in self.resources),
            fields=tuple((self.resource_before(owner), new, old) for owner, old, new in self.fields),
        )


class Change(Record):
    """Together with a Plan, whose spec is what the application becomes."""

    before: AppSpec
    renames: Renames = Renames()
    says: tuple[str, ...] = ()
    """One line for each thing that changes."""


__all__ = ["Change", "Renames"]
