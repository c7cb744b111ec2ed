"""Which files of an application a task is likely to need."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from agents.dev.outlines import Outlines
from agents.pm.reader.names import singular_name

WEIGHTS = {"app/routes": 4.0, "app/schemas": 3.0, "app/models": 3.0}
"""Folders whose files are changed; of one resource the routes come first."""
ALWAYS = {"migrations/versions": 100.0, "tests/factory.py": 90.0}
"""Small, and edited by almost every task: tables and samples."""
NAMED = 200.0
SHARED = ("app/values.py", "app/models/base.py", "tests/conftest.py")
"""What is imported from them need not be read."""
DEFINED = re.compile(r"^(?:def |class )?([A-Za-z]\w*)(?=[(:]| = )", re.MULTILINE)
_HIDDEN = (".lock", ".json", ".yml", ".toml", ".mako", ".ini")


def relevant(files: Mapping[str, str], words: str, named: Sequence[str], limit: int) -> tuple[tuple[str, str], ...]:
    """(path, text) of the best files, best first, as many as fit into `limit` characters; those named are whole."""
    counts = Counter(singular_name(word) for word in re.findall(r"[a-z]+", words.lower().replace("-", "_")))
    scores = {path: _score(path, counts, named) for path, text in files.items() if text.strip()}
    chosen: list[tuple[str, str]] = []
    outlines = Outlines()
    for path in _with_tests(sorted((p for p in scores if scores[p] > 0), key=lambda p: (-scores[p], p)), files):
        text = files[path] if path in named else outlines.of(path, files[path])
        if len(text) <= limit:
            chosen.append((path, text))
            limit -= len(text)
    return tuple(chosen)


def _with_tests(order: Sequence[str], files: Mapping[str, str]) -> list[str]:
    """The tests of the best resource come with its routes: its rules are what they may contradict."""
    best = next((path for path in order if path.startswith("app/routes/")), "")
    tests = f"tests/test_{PurePosixPath(best).name}"
    if tests not in files or tests in order:
        return list(order)
    return [path for here in order for path in ((here, tests) if here == best else (here,))]


def _score(path: str, counts: Counter[str], named: Sequence[str]) -> float:
    score = NAMED if path in named else 0.0
    place = PurePosixPath(path)
    weight = WEIGHTS.get(str(place.parent), 0.0)
    always = ALWAYS.get(path) or ALWAYS.get(str(place.parent))
    if always:
        return score + always
    parts = [singular_name(part) for part in place.stem.split("_") if part]
    mentioned = min((counts[part] for part in parts), default=0)
    return score + min(mentioned, 16) + weight / 10 if weight and mentioned else score


def names_text(files: Mapping[str, str]) -> str:
    """A line a shared module with what it defines."""
    lines = [f"{path} defines: {' '.join(DEFINED.findall(files[path]))}" for path in SHARED if path in files]
    return "\n".join(lines)


def tree_text(files: Mapping[str, str]) -> str:
    """A line a folder; files that nobody edits by hand are left out."""
    folders: dict[str, list[str]] = {}
    for path in sorted(files):
        place = PurePosixPath(path)
        hidden = any(part.startswith(".") for part in place.parts) or place.suffix in _HIDDEN
        if not hidden and place.name != "__init__.py":
            folders.setdefault(str(place.parent), []).append(place.name)
    return "\n".join(f"{folder}/: {' '.join(names)}" for folder, names in folders.items())


__all__ = ["names_text", "relevant", "tree_text"]
