"""`closer.json`: what was learnt for the closer look at the first files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Field:
    """How terms count in it: the weight of one is told by its traits."""

    name: str
    by_trait: tuple[float, ...]
    bias: float
    saturates: float
    shortens: float
    """How much its length matters, from 0 to 1."""
    weight: float


@dataclass(frozen=True)
class Unit:
    """A bend: `out` times the tangent of a sum over all inputs."""

    inputs: tuple[float, ...]
    bias: float
    out: float


@dataclass(frozen=True)
class Model:
    fields: tuple[Field, ...]
    norm: tuple[float, ...]
    norm_bias: float
    signals: Mapping[str, float]
    details: Mapping[str, float]
    straight: tuple[float, ...]
    """Of all inputs: what is added as it is."""
    units: tuple[Unit, ...]

    def bent(self, inputs: Sequence[float]) -> float:
        """Where one input counts by what another is: a small network, one hidden layer."""
        return dot(self.straight, inputs) + sum(
            unit.out * math.tanh(dot(unit.inputs, inputs) + unit.bias) for unit in self.units
        )


def read_model(document: Mapping[str, Any]) -> Model:
    fields = tuple(
        Field(name, tuple(row["by_trait"]), row["bias"], row["saturates"], row["shortens"], row["weight"])
        for name, row in document["fields"].items()
    )
    units = tuple(Unit(tuple(row["inputs"]), row["bias"], row["out"]) for row in document["units"])
    return Model(
        fields, tuple(document["norm"]), document["norm_bias"], document["signals"], document["details"],
        tuple(document["straight"]), units,
    )  # fmt: skip


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return float(sum(map(mul, one, other)))


def softplus(value: float) -> float:
    return math.log1p(math.exp(-abs(value))) + max(value, 0.0)


MODEL = read_model(json.loads((Path(__file__).parent / "closer.json").read_text()))

__all__ = ["MODEL", "Field", "Model", "dot", "read_model", "softplus"]
