"""Files near the likeliest ones: imported, importing, changed with them, in their folder."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tools.iterator.codebase import Codebase

SEED_WEIGHTS = {"whole": 1.0, "chunk": 0.6, "names": 0.6, "similar": 0.8, "told": 0.5, "named_defined": 0.8}
RECENT_CHANGES = 60
STEPS, GOES_ON = 3, 0.5
"""Of a walk over imports from the seeds: its length, and the share that goes on at each step."""


def imported(code: Codebase, seeds: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        linked = code.imports.get(path, set())
        for other in linked:
            if other in code.source_set:
                found[other] += value / math.sqrt(len(linked))
    return found


def users(code: Codebase, seeds: Mapping[str, float]) -> dict[str, float]:
    """Files that import a seed."""
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        linked = [other for other in code.importers.get(path, ()) if other in code.source_set]
        for other in linked:
            found[other] += value / math.sqrt(len(linked))
    return found


def walked(code: Codebase, seeds: Mapping[str, float]) -> dict[str, float]:
    """PageRank from the seeds over imports, both ways, a few steps of it."""
    total = sum(seeds.values()) or 1.0
    start = {path: value / total for path, value in seeds.items()}
    here = start
    for _ in range(STEPS):
        there: dict[str, float] = defaultdict(float)
        for path, value in here.items():
            linked = code.linked.get(path, ())
            for other in linked:
                there[other] += GOES_ON * value / len(linked)
        for path, value in start.items():
            there[path] += (1 - GOES_ON) * value
        here = there
    return here


def changed_together(code: Codebase, seeds: Mapping[str, float]) -> dict[str, float]:
    """Files that changed when the seeds did."""
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        numbers = code.touched.get(path, [])[:RECENT_CHANGES]
        for number in numbers:
            for other in code.sources_of(number):
                if other != path:
                    found[other] += value / len(numbers) / len(code.changes[number].files)
    return found


def same_folder(seeds: Mapping[str, float], paths: Iterable[str]) -> dict[str, float]:
    """The weight of other seeds in a file's folder."""
    folders: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        folders[path.rpartition("/")[0]] += value
    return {path: folders[path.rpartition("/")[0]] - seeds.get(path, 0.0) for path in paths}


__all__ = ["SEED_WEIGHTS", "changed_together", "imported", "same_folder", "users", "walked"]
