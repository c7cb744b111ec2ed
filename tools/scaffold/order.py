"""The order in which tables can be made: what is referred to comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memory.records.spec import ResourceSpec


@dataclass(frozen=True)
class TableOrder:
    names: tuple[str, ...]
    late: frozenset[tuple[str, str]]
    """(resource, field) of references that close a circle: they can only be added when all tables are there."""


def table_order(resources: Sequence[ResourceSpec]) -> TableOrder:
    waiting = {r.name: {f.target for f in r.fields if f.target and f.target != r.name} for r in resources}
    placed: list[str] = []
    late: set[tuple[str, str]] = set()
    while len(placed) < len(resources):
        open_names = [r.name for r in resources if r.name not in placed]
        ready = [name for name in open_names if waiting[name] <= set(placed)]
        if not ready:
            ready = open_names[:1]
            resource = next(r for r in resources if r.name == ready[0])
            missing = waiting[resource.name] - set(placed)
            late |= {(resource.name, f.name) for f in resource.fields if f.target in missing}
        placed += ready
    return TableOrder(tuple(placed), frozenset(late))


__all__ = ["TableOrder", "table_order"]
