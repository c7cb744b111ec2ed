"""Tests that a request contradicts: they alone may change, and what they say then must not hold without the change."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from memory.records.imported import without_parameters
from tools.testing.script_tests import fits, is_script, parts_of

SHOWN = 5


def by_file(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """pytest's names as path → names in it, without parameters."""
    found: dict[str, set[str]] = {}
    for name in names:
        path, _, inner = without_parameters(name).partition("::")
        found.setdefault(path, set()).add(inner)
    return {path: frozenset(inner) for path, inner in found.items()}


def changed_beside(path: str, old: str, new: str, allowed: frozenset[str]) -> list[str]:
    """What the new text of a test file changes or lacks of the old one, beside the tests in `allowed`.

    What is added does not count. Empty: the new text may stand for the old one. Pure.
    """
    try:
        before, after = (parts_of(path, text) if is_script(path) else _parts(text) for text in (old, new))
    except (SyntaxError, ValueError, RecursionError):
        return ["the file, which cannot be parsed"]
    missing = [f"{name} (it is gone)" for name in before if name not in after]
    same = fits if is_script(path) else str.__eq__
    free = {part for part in before for name in allowed if same(part, name)}
    return missing + [n for n in before if n not in free and n in after and before[n] != after[n]]


def said_anew(
    names: Iterable[str], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[str]]:
    """Files in which contradicted tests may stand as they are now, and what was done beside. Path → content. Pure."""
    files: dict[str, bytes] = {}
    problems: list[str] = []
    for path, inner in by_file(names).items():
        old, new = before.get(path), after.get(path)
        if old is None or old == new:
            continue
        if new is None:
            problems.append(f"{path} is gone: a contradicted test is changed, never removed")
            continue
        others = changed_beside(path, old.decode("utf-8", "replace"), new.decode("utf-8", "replace"), inner)
        if others:
            problems.append(f"{path} changes more than the request contradicts: {', '.join(others[:SHOWN])}")
        files[path] = new
    return files, problems


def _parts(text: str) -> Mapping[str, str]:
    """Name → a form of it that comments and layout do not change. Raises SyntaxError, ValueError, RecursionError."""
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            inner = [child for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}::{child.name}": ast.dump(child) for child in inner}
            rest = [child for child in node.body if child not in inner and not _words(child)]
            found[node.name] = ast.dump(ast.ClassDef(node.name, node.bases, node.keywords, rest, node.decorator_list))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            found[ast.unparse(node).partition("=")[0].strip()] = ast.dump(node)
    return found


def _words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


__all__ = ["by_file", "changed_beside", "said_anew"]
