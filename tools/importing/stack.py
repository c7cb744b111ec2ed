"""What an unknown project is made of, read from its files. Nothing of it is run. Blocking."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from memory.records.imported import Dependency, Stack
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.importing.javascript import read_javascript
from tools.importing.python import read_python
from tools.importing.reading import Reading

LEFT_OUT = {"node_modules", ".git", ".venv", "venv", "__pycache__", ".tox", ".nox", "dist", "build", ".mypy_cache"}
LANGUAGES = {
    ".py": "Python",
    ".pyi": "Python",
    ".js": "JavaScript",
    ".jsx": "JavaScript",
    ".mjs": "JavaScript",
    ".cjs": "JavaScript",
    ".ts": "TypeScript",
    ".tsx": "TypeScript",
    ".mts": "TypeScript",
    ".go": "Go",
    ".rs": "Rust",
    ".java": "Java",
    ".rb": "Ruby",
    ".php": "PHP",
    ".c": "C",
    ".cpp": "C++",
    ".cs": "C#",
}
PYTHON_TEST = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests)\.py$")
SCRIPT_TEST = re.compile(
    r"(\.(test|spec)\.[cm]?[jt]sx?$)|(^|/)(__tests__|tests?)/[^/]+\.[cm]?[jt]sx?$|(^|/)tests?\.[cm]?[jt]sx?$"
)
ROUTES = (
    (re.compile(r"@\w[\w.]*\.(get|post|put|patch|delete)\(\s*[rf]?[\"']([^\"']*)[\"']"), "py"),
    (re.compile(r"@\w[\w.]*\.(route)\(\s*[rf]?[\"']([^\"']+)[\"']"), "py"),
    (re.compile(r"^\s*(path)\(\s*r?[\"']([^\"']*)[\"']", re.MULTILINE), "urls"),
    (re.compile(r"\b(?:app|router|server|fastify)\.(get|post|put|patch|delete)\(\s*[\"'`](/[^\"'`]*)[\"'`]"), "js"),
)
MOST_ROUTES, MOST_FILES, FILE_BYTES = 200, 20_000, 1 << 20


def read_stack(root: Path) -> Stack:
    """Raises nothing for what the project holds: what cannot be read stands in the notes."""
    files = files_of(root)
    reading = Reading(root, frozenset(files))
    languages = Counter(
        language
        for path in files
        if (language := LANGUAGES.get(os.path.splitext(path)[1].lower()))  # noqa: PTH122
    )
    python, script = read_python(reading), read_javascript(reading)
    counts = {"python": languages["Python"], "javascript": languages["JavaScript"] + languages["TypeScript"]}
    kind = _kind(counts, bool(python.manifests), bool(script.manifests))
    first, second = (script, python) if kind == "javascript" else (python, script)
    names = PYTHON_TEST if kind == "python" else SCRIPT_TEST
    tests = tuple(path for path in files if names.search(path))
    dependencies: tuple[Dependency, ...] = (*first.dependencies, *second.dependencies)
    return first.model_copy(
        update={
            "kind": kind,
            "languages": dict(languages.most_common()),
            "frameworks": tuple(dict.fromkeys((*first.frameworks, *second.frameworks))),
            "manifests": (*first.manifests, *second.manifests),
            "locks": (*first.locks, *second.locks),
            "dependencies": dependencies,
            "tests": tests,
            "routes": _routes(reading, files),
            "notes": tuple(reading.notes),
        }
    )


def files_of(root: Path) -> list[str]:
    """Paths of the regular files below the root; what tools make is left out."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        below = Path(folder).relative_to(root)
        found += [(below / name).as_posix() for name in sorted(names) if not Path(folder, name).is_symlink()]
    return found[:MOST_FILES]


def is_test(path: str, kind: str) -> bool:
    return (PYTHON_TEST if kind == "python" else SCRIPT_TEST).search(path) is not None


def _kind(counts: dict[str, int], python: bool, script: bool) -> str:
    if python != script:
        return "python" if python else "javascript"
    if not any(counts.values()):
        return "unknown"
    return max(counts, key=lambda kind: counts[kind])


def _routes(reading: Reading, files: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for path in files:
        sort = "py" if path.endswith(".py") else "js" if SCRIPT.search(path) else ""
        if not sort or PYTHON_TEST.search(path) or SCRIPT_TEST.search(path):
            continue
        try:
            text = read_untrusted(reading.root, path, FILE_BYTES).decode(errors="replace")
        except UntrustedFileError:
            reading.notes.append(f"{path}: too large to look for routes")
            continue
        kinds = ("py", "urls") if path.endswith("urls.py") else (sort,)
        for pattern, of in ROUTES:
            if of in kinds:
                found += [f"{_method(m[1])} {m[2] or '/'} ({path})" for m in pattern.finditer(text)]
    return tuple(found[:MOST_ROUTES])


def _method(word: str) -> str:
    return "ANY" if word in ("route", "path") else word.upper()


SCRIPT = re.compile(r"\.[cm]?[jt]sx?$")

__all__ = ["files_of", "is_test", "read_stack"]
