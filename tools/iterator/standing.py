"""What is known of files before anything is asked: their size and place, and how often and lately they changed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

HALF = 150
"""Changes after which one counts half."""
LATE = 20
"""Changes ago at which the last one of a file counts half."""
DEEPEST = 6


@dataclass(frozen=True)
class Standing:
    """By path, from 0 to 1, but for `touched`."""

    lines: dict[str, float]
    recent: dict[str, float]
    last: dict[str, float]
    importers: dict[str, float]
    depth: dict[str, float]
    touched: dict[str, int]
    """Times that it changed."""


def standing_of(
    lines: Mapping[str, int], importers: Mapping[str, Iterable[str]], changes: Iterable[Sequence[str]]
) -> Standing:
    """`lines`: of each source; `changes`: the sources of each change, newest first."""
    touched: Counter[str] = Counter()
    recent: dict[str, float] = {}
    last: dict[str, float] = {}
    for ago, paths in enumerate(changes):
        for path in paths:
            touched[path] += 1
            recent[path] = recent.get(path, 0.0) + 2.0 ** (-ago / HALF) / math.sqrt(len(paths))
            last.setdefault(path, 1 / (1 + ago / LATE))
    most = max(recent.values(), default=1.0)
    used = {path: math.log1p(len(set(importers.get(path, ())))) for path in lines}
    return Standing(
        lines=_shares({path: math.log1p(count) for path, count in lines.items()}),
        recent={path: math.sqrt(value / most) for path, value in recent.items()},
        last=last,
        importers=_shares(used),
        depth={path: path.count("/") / DEEPEST for path in lines},
        touched=dict(touched),
    )


def _shares(values: Mapping[str, float]) -> dict[str, float]:
    most = max(values.values(), default=0.0) or 1.0
    return {path: value / most for path, value in values.items()}


__all__ = ["Standing", "standing_of"]
