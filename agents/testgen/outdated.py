"""Which generated tests a change makes void: they are written anew where coverage asks for it, and promise nothing."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from agents.testgen.rendering import without

PREFIX = "test_generated_"


def is_generated(path: str) -> bool:
    return PurePosixPath(path).name.startswith(PREFIX) and path.endswith(".py")


def still_valid(source: str, urls: Collection[str], files: Collection[str]) -> str:
    """The module without the tests that ask one of these URL paths or import one of these files; empty: none is left.

    What people have made of it so that it does not parse is left as it is.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    gone = {test.name for test in tests if _asks(test, urls) or not _modules(test).isdisjoint(_names(files))}
    return without(source, gone) if gone else source


def outdated(files: Mapping[str, str], urls: Collection[str], changed: Collection[str]) -> dict[str, str]:
    """Path → what is left of it, for the generated test files that are not what they were."""
    found = {path: still_valid(text, urls, changed) for path, text in files.items() if is_generated(path)}
    return {path: text for path, text in found.items() if text != files[path]}


def _asks(test: ast.FunctionDef, urls: Collection[str]) -> bool:
    return any(text == url or text.startswith((f"{url}/", f"{url}?")) for text in _texts(test) for url in urls)


def _texts(test: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _modules(test: ast.FunctionDef) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(test):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _names(files: Collection[str]) -> set[str]:
    return {path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in files}


__all__ = ["PREFIX", "is_generated", "outdated", "still_valid"]
