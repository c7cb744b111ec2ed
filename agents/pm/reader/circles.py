"""References in a circle: one of them has to be optional, or no first row could be made."""

from __future__ import annotations

from agents.pm.reader.draft import Draft
from memory.records.spec import FieldSpec, ResourceSpec
from tools.scaffold.order import table_order


def without_circles(resources: tuple[ResourceSpec, ...], draft: Draft) -> tuple[ResourceSpec, ...]:
    """The resources, with every required reference that closes a circle made optional and told as an assumption."""
    late = table_order(resources).late
    return tuple(
        resource.model_copy(
            update={
                "fields": tuple(
                    _optional(resource, field, draft)
                    if field.required and (field.target == resource.name or (resource.name, field.name) in late)
                    else field
                    for field in resource.fields
                )
            }
        )
        for resource in resources
    )


def _optional(resource: ResourceSpec, field: FieldSpec, draft: Draft) -> FieldSpec:
    draft.assume(
        f"{resource.name}.{field.name} is optional: references go round in a circle there, so one row must come first."
    )
    return field.model_copy(update={"required": False})


__all__ = ["without_circles"]
