"""Which files of an application a task is likely to need."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from agents.pm.reader.names import singular_name

WEIGHTS = {"app/routes": 4.0, "app/schemas": 3.0, "app/models": 3.0, "migrations/versions": 2.0}
"""Folders whose files are changed, by how much they tell."""
NAMED = 20.0
_HIDDEN = (".lock", ".json", ".yml", ".toml", ".mako", ".ini")


def relevant(files: Mapping[str, str], words: str, named: Sequence[str], limit: int) -> tuple[tuple[str, str], ...]:
    """(path, text) of the best files, best first, as many as fit whole into `limit` characters."""
    counts = Counter(singular_name(word) for word in re.findall(r"[a-z]+", words.lower().replace("-", "_")))
    scores = {path: _score(path, counts, named) for path, text in files.items() if text.strip()}
    chosen: list[tuple[str, str]] = []
    for path in sorted((p for p in scores if scores[p] > 0), key=lambda p: (-scores[p], p)):
        if len(files[path]) <= limit:
            chosen.append((path, files[path]))
            limit -= len(files[path])
    return tuple(chosen)


def _score(path: str, counts: Counter[str], named: Sequence[str]) -> float:
    score = NAMED if path in named else 0.0
    place = PurePosixPath(path)
    weight = WEIGHTS.get(str(place.parent), 0.0)
    if str(place.parent) == "migrations/versions":
        return score + weight
    parts = [singular_name(part) for part in place.stem.split("_") if part]
    mentioned = min((counts[part] for part in parts), default=0)
    return score + weight * min(mentioned, 8)


def tree_text(files: Mapping[str, str]) -> str:
    """A line a folder; files that nobody edits by hand are left out."""
    folders: dict[str, list[str]] = {}
    for path in sorted(files):
        place = PurePosixPath(path)
        hidden = any(part.startswith(".") for part in place.parts) or place.suffix in _HIDDEN
        if not hidden and place.name != "__init__.py":
            folders.setdefault(str(place.parent), []).append(place.name)
    return "\n".join(f"{folder}/: {' '.join(names)}" for folder, names in folders.items())


__all__ = ["relevant", "tree_text"]
