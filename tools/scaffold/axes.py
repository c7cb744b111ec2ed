"""Values of ordered types on a line of numbers, so that rules of order can be kept or broken on purpose."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from memory.records.spec import Comparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.fields import MOVING, ORDERED, parse
from tools.scaffold.interface import UnsupportedSpec

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2001, 1, 1, 8, tzinfo=dt.UTC)
LONG_AHEAD = dt.datetime(2091, 1, 1, 8, tzinfo=dt.UTC)
WITHIN = 40
"""Into how many steps a range is divided at most."""
STEPS = {
    FieldType.INTEGER: (Decimal(1), Decimal(1)),
    FieldType.NUMBER: (Decimal(1), Decimal("0.001")),
    FieldType.MONEY: (Decimal("2.5"), Decimal("0.01")),
    FieldType.DATE: (Decimal(1), Decimal(1)),
    FieldType.TIME: (Decimal(1800), Decimal(1)),
    FieldType.DATETIME: (Decimal(3600), Decimal(1)),
}
"""(usual step, least step)"""
STARTS = {
    FieldType.INTEGER: Decimal(1),
    FieldType.NUMBER: Decimal("1.5"),
    FieldType.MONEY: Decimal("10.5"),
    FieldType.DATE: Decimal(dt.date(2030, 1, 1).toordinal()),
    FieldType.TIME: Decimal(8 * 3600),
    FieldType.DATETIME: Decimal(int((dt.datetime(2030, 1, 1, 8, tzinfo=dt.UTC) - EPOCH).total_seconds())),
}
LAST_SECOND = Decimal(24 * 3600 - 1)


@dataclass(frozen=True)
class Axis:
    field: FieldSpec

    @property
    def least(self) -> Decimal | None:
        limit = self._limit(self.field.minimum, LONG_AHEAD)
        return Decimal(0) if limit is None and self.field.type is FieldType.TIME else limit

    @property
    def most(self) -> Decimal | None:
        limit = self._limit(self.field.maximum, LONG_AGO)
        return LAST_SECOND if limit is None and self.field.type is FieldType.TIME else limit

    @property
    def grain(self) -> Decimal:
        return STEPS[self.field.type][1]

    @property
    def step(self) -> Decimal:
        usual, grain = STEPS[self.field.type]
        if self.least is None or self.most is None:
            return usual
        return max(grain, min(usual, (self.most - self.least) / WITHIN // grain * grain))

    @property
    def start(self) -> Decimal:
        usual = STARTS[self.field.type]
        if self.least is not None and (self.field.minimum is not None or usual < self.least):
            return self.least
        return usual if self.most is None else min(usual, self.most - WITHIN * self.step)

    def holds(self, value: Decimal) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def _limit(self, limit: Any, moving: dt.datetime) -> Decimal | None:
        if limit is None:
            return None
        if limit in MOVING:
            return self.position(moving.date() if self.field.type is FieldType.DATE else moving)
        return self.position(parse(self.field, limit))

    def position(self, value: Any) -> Decimal:
        match value:
            case dt.datetime():
                return Decimal(int((value - EPOCH).total_seconds()))
            case dt.date():
                return Decimal(value.toordinal())
            case dt.time():
                return Decimal(value.hour * 3600 + value.minute * 60 + value.second)
            case _:
                return Decimal(str(value))

    def json(self, position: Decimal) -> Any:
        """The value as it stands in JSON. Raises OverflowError or ValueError where there is none."""
        match self.field.type:
            case FieldType.INTEGER:
                return int(position)
            case FieldType.NUMBER | FieldType.MONEY:
                return float(position)
            case FieldType.DATE:
                return dt.date.fromordinal(int(position)).isoformat()
            case FieldType.TIME:
                if not 0 <= position <= LAST_SECOND:
                    raise ValueError("no time of day")
                return (dt.datetime.min + dt.timedelta(seconds=int(position))).time().isoformat()
            case _:
                moment = EPOCH + dt.timedelta(seconds=int(position))
                return moment.isoformat().replace("+00:00", "Z")


Edges = list[tuple[str, str, bool]]
"""(lesser, greater, whether they must differ)"""


def ordered_values(resource: ResourceSpec) -> dict[str, tuple[Any, Any]]:
    """Two JSON values for each field of an ordered type; each row of them keeps all rules, the second is greater."""
    axes = {f.name: Axis(f) for f in resource.fields if f.type in ORDERED}
    edges = _edges(resource)
    first = _settle(resource, axes, edges, {name: axis.start for name, axis in axes.items()})
    compared = {name for lesser, greater, _ in edges for name in (lesser, greater)}
    second = dict(first)
    if compared:
        top = max(first[name] for name in compared)
        above = first | {name: top + axes[name].step for name in compared}
        try:
            second = _settle(resource, axes, edges, above)
        except UnsupportedSpec:
            second = dict(first)
    for name in axes.keys() - compared:
        further = first[name] + axes[name].step
        second[name] = further if axes[name].holds(further) else first[name]
    return {name: (axis.json(first[name]), axis.json(second[name])) for name, axis in axes.items()}


def _edges(resource: ResourceSpec) -> Edges:
    edges: Edges = []
    for rule in resource.comparisons:
        strict = rule.op in (Comparison.LESS, Comparison.GREATER)
        rising = rule.op in (Comparison.LESS, Comparison.LESS_OR_EQUAL)
        edges.append((rule.left, rule.right, strict) if rising else (rule.right, rule.left, strict))
    return edges


def _settle(
    resource: ResourceSpec, axes: dict[str, Axis], edges: Edges, values: dict[str, Decimal]
) -> dict[str, Decimal]:
    values = dict(values)
    for _ in range(len(axes) + 1):
        changed = False
        for lesser, greater, strict in edges:
            needed = values[lesser] + (axes[greater].step if strict else 0)
            if values[greater] < needed:
                values[greater] = needed
                changed = True
        if not changed:
            break
    else:
        raise UnsupportedSpec(f"resource {resource.name}: its rules between fields go round in a circle")
    for name, axis in axes.items():
        if not axis.holds(values[name]):
            raise UnsupportedSpec(f"resource {resource.name}, field {name}: no value can keep all of its rules")
    return values


__all__ = ["Axis", "ordered_values"]
