"""Values as shares of the best."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Place = tuple[str, int]
"""A symbol: path, and its number in the file."""
Key = TypeVar("Key", bound=Hashable)


def top(values: Mapping[Key, float]) -> dict[Key, float]:
    """Divided by the largest."""
    most = max(values.values(), default=0.0)
    return {key: value / most for key, value in values.items() if value > 0} if most > 0 else {}


def spread(values: Mapping[Key, float]) -> dict[Key, float]:
    """From 0 for the least to 1 for the largest: cosines lie close together."""
    least, most = min(values.values(), default=0.0), max(values.values(), default=0.0)
    return {key: (value - least) / (most - least) for key, value in values.items()} if most > least else {}


def best_by_file(chunks: Mapping[Place, float]) -> dict[str, Place]:
    """File → its best symbol."""
    values: dict[str, float] = {}
    best: dict[str, Place] = {}
    for place, value in chunks.items():
        path = place[0]
        if value > values.get(path, 0.0):
            values[path], best[path] = value, place
    return best


__all__ = ["Place", "best_by_file", "spread", "top"]
