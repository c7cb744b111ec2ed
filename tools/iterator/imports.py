"""Which files a file imports, as far as the written names tell."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping

SCRIPT_ENDINGS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js", ".d.ts")


class Modules:
    """The modules of a codebase by every name under which they can be imported."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            if path.endswith((".py", ".pyi")):
                dotted = path.rsplit(".", 1)[0].removesuffix("/__init__").replace("/", ".")
                parts = dotted.split(".")
                for start in range(len(parts)):
                    self._by_name[".".join(parts[start:])].append(path)

    def imported(self, path: str, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for name in names:
            if path.endswith((".py", ".pyi")):
                found.update(self._python(path, name))
            else:
                found.update(self._script(path, name))
        found.discard(path)
        return found

    def _python(self, path: str, name: str) -> list[str]:
        source, _, item = name.partition(":")
        if source.startswith("."):
            up = len(source) - len(source.lstrip("."))
            folder = path.split("/")[:-up]
            base = ".".join([*folder, *filter(None, source.lstrip(".").split("."))])
        else:
            base = source
        for candidate in ([f"{base}.{item}" if base else item] if item else []) + [base]:
            hits = self._by_name.get(candidate, [])
            if hits and ("." in candidate or len(hits) == 1 or source.startswith(".")):
                return sorted(hits, key=lambda hit: (-_shared(hit, path), len(hit)))[:1]
        return []

    def _script(self, path: str, name: str) -> list[str]:
        if not name.startswith((".", "/", "@/", "~/")):
            return []
        folder = posixpath.dirname(path)
        base = posixpath.normpath(posixpath.join(folder, name)) if name.startswith(".") else name.lstrip("@~/")
        stem = base.rsplit(".", 1)[0] if base.endswith((".js", ".jsx", ".mjs", ".ts")) else base
        for candidate in (base, stem):
            for ending in SCRIPT_ENDINGS:
                if candidate + ending in self._paths:
                    return [candidate + ending]
        return []


def _shared(one: str, other: str) -> int:
    """Leading folders that two paths have in common."""
    count = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count


def reverse(graph: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    importers: dict[str, set[str]] = defaultdict(set)
    for path, imported in graph.items():
        for other in imported:
            importers[other].add(path)
    return dict(importers)


__all__ = ["Modules", "reverse"]
