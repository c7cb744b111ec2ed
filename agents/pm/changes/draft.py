"""The application as it becomes, clause by clause."""

from __future__ import annotations

import re
from typing import Any

from agents.pm.changes.places import Place, Places
from memory.records.change import Renames
from memory.records.spec import AppSpec, FieldSpec, NotUnderstood, ResourceSpec


class Refused(Exception):
    """The clause was understood and cannot be done, or not so. The text says why, and what can."""


class ChangeDraft:
    def __init__(self, spec: AppSpec) -> None:
        self.spec = spec
        self.assumptions: list[str] = []
        self.not_understood: list[NotUnderstood] = []
        self._last = ""
        self._resources: list[tuple[str, str]] = []
        self._fields: list[tuple[str, str, str]] = []

    @property
    def places(self) -> Places:
        return Places(self.spec)

    @property
    def renames(self) -> Renames:
        return Renames(resources=tuple(self._resources), fields=tuple(self._fields))

    def assume(self, text: str) -> None:
        if text not in self.assumptions:
            self.assumptions.append(text)

    def with_it(self, clause: str) -> str:
        """`make it required` speaks of the field that was last spoken of."""
        if not self._last:
            return clause
        return re.sub(
            r"^(\w+\s+)?(?:it|them)\b", lambda match: f"{match[1] or ''}{self._last}", clause, count=1, flags=re.I
        )

    def speak_of(self, resource: ResourceSpec, field: str) -> None:
        self._last = f"{field} of {resource.plural}"

    def one(self, words: str) -> Place:
        """Raises Refused where the words mean nothing that is there, or more than one thing."""
        found = self.places.place(words)
        if isinstance(found, list):
            where = ", ".join(f"{place.resource.plural}" for place in found)
            raise Refused(f"several have a field of that name: say of which it is ({where})")
        if found is None:
            raise Refused(f"there is no {words.strip()}; there are: {self.listed()}")
        return found

    def listed(self) -> str:
        return (
            "; ".join(f"{r.plural} ({', '.join(f.name for f in r.fields)})" for r in self.spec.resources) or "nothing"
        )

    def only(self) -> ResourceSpec | None:
        return self.spec.resources[0] if len(self.spec.resources) == 1 else None

    # Steps: each gives a valid spec, or raises ValueError and leaves the one before

    def put_spec(self, **update: Any) -> None:
        self.spec = AppSpec.model_validate(self.spec.model_dump() | update)

    def put_resource(self, resource: ResourceSpec, **update: Any) -> ResourceSpec:
        changed = ResourceSpec.model_validate(resource.model_dump() | update)
        self.put_spec(resources=[changed if r.name == resource.name else r for r in self.spec.resources])
        return changed

    def put_field(self, place: Place, **update: Any) -> None:
        field = field_of(place)
        changed = FieldSpec.model_validate(field.model_dump() | update)
        fields = [changed if f.name == field.name else f for f in place.resource.fields]
        self.speak_of(place.resource, changed.name)
        self.put_resource(place.resource, fields=fields)

    def add_resource(self, resource: ResourceSpec) -> None:
        self.put_spec(resources=[*self.spec.resources, resource])

    def rename_resource(self, resource: ResourceSpec, name: str, plural: str, label: str) -> None:
        if any(
            name in (r.name, r.plural) or plural in (r.name, r.plural) for r in self.spec.resources if r is not resource
        ):
            raise Refused(f"there is a resource {name} already")
        resources = []
        for other in self.spec.resources:
            fields = [f.model_copy(update={"target": name}) if f.target == resource.name else f for f in other.fields]
            changed = other.model_copy(update={"fields": tuple(fields)})
            if other.name == resource.name:
                changed = changed.model_copy(update={"name": name, "plural": plural, "label": label})
            resources.append(changed)
        self.put_spec(resources=[r.model_dump() for r in resources])
        first = next((old for old, new in self._resources if new == resource.name), resource.name)
        self._resources = [(o, n) for o, n in self._resources if n != resource.name]
        if first != name:
            self._resources.append((first, name))
        self._fields = [(name if owner == resource.name else owner, o, n) for owner, o, n in self._fields]

    def rename_field(self, place: Place, name: str, label: str) -> None:
        field, resource = field_of(place), place.resource
        if any(f.name == name for f in resource.fields):
            raise Refused(f"{resource.plural} have a field {name} already")
        changed = [
            f.model_copy(update={"name": name, "label": label}) if f.name == field.name else f for f in resource.fields
        ]
        self.put_resource(
            resource, fields=[f.model_dump() for f in changed], **renamed_rules(resource, field.name, name)
        )
        first = next((o for owner, o, n in self._fields if (owner, n) == (resource.name, field.name)), field.name)
        self._fields = [(w, o, n) for w, o, n in self._fields if (w, n) != (resource.name, field.name)]
        if first != name:
            self._fields.append((resource.name, first, name))

    def remove_field(self, place: Place) -> None:
        field, resource = field_of(place), place.resource
        if len(resource.fields) == 1:
            raise Refused(f"{resource.plural} would be left without any field; remove the resource instead")
        for text in rules_with(resource, field.name):
            self.assume(f"{text} goes with {resource.name}.{field.name}.")
        self.put_resource(
            resource,
            fields=[f.model_dump() for f in resource.fields if f.name != field.name],
            **rules_without(resource, field.name),
        )
        self._fields = [(w, o, n) for w, o, n in self._fields if (w, n) != (resource.name, field.name)]

    def remove_resource(self, resource: ResourceSpec) -> None:
        users = [f"{r.name}.{f.name}" for r in self.spec.resources for f in r.fields if f.target == resource.name]
        users = [user for user in users if not user.startswith(f"{resource.name}.")]
        if users:
            raise Refused(f"{', '.join(users)} refers to {resource.plural}; remove that first, or with it")
        if len(self.spec.resources) == 1:
            raise Refused("it is the only resource; an application without any has nothing to do")
        self.put_spec(resources=[r for r in self.spec.resources if r.name != resource.name])
        self._resources = [(o, n) for o, n in self._resources if n != resource.name]
        self._fields = [row for row in self._fields if row[0] != resource.name]


def field_of(place: Place) -> FieldSpec:
    """Raises Refused."""
    if place.field is None:
        raise Refused(f"{place.resource.plural} is a resource, not a field")
    return place.field


def renamed_rules(resource: ResourceSpec, old: str, new: str) -> dict[str, Any]:
    def name(value: str) -> str:
        return new if value == old else value

    order = resource.default_sort
    return {
        "comparisons": [c.model_dump() | {"left": name(c.left), "right": name(c.right)} for c in resource.comparisons],
        "unique_together": [[name(n) for n in group] for group in resource.unique_together],
        "search": [name(n) for n in resource.search],
        "filters": [name(n) for n in resource.filters],
        "sorts": [name(n) for n in resource.sorts],
        "default_sort": ("-" if order.startswith("-") else "") + name(order.removeprefix("-")),
    }


def rules_without(resource: ResourceSpec, field: str) -> dict[str, Any]:
    return {
        "comparisons": [c.model_dump() for c in resource.comparisons if field not in (c.left, c.right)],
        "unique_together": [list(group) for group in resource.unique_together if field not in group],
        "search": [n for n in resource.search if n != field],
        "filters": [n for n in resource.filters if n != field],
        "sorts": [n for n in resource.sorts if n != field],
        "default_sort": "id" if resource.default_sort.removeprefix("-") == field else resource.default_sort,
    }


def rules_with(resource: ResourceSpec, field: str) -> list[str]:
    """What is said of the field beside its own entry."""
    found = [f"The rule {c.left} {c.op.value} {c.right}" for c in resource.comparisons if field in (c.left, c.right)]
    found += [f"The rule that {' and '.join(g)} are unique together" for g in resource.unique_together if field in g]
    lists = (
        ("The search in it", resource.search),
        ("The filter by it", resource.filters),
        ("The sorting by it", resource.sorts),
    )
    return found + [words for words, names in lists if field in names]


__all__ = ["ChangeDraft", "Refused", "renamed_rules", "rules_with", "rules_without"]
