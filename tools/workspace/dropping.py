"""Definitions that are to go, taken out by their names: nobody has to repeat their text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tools.workspace.interface import SyntaxProblem
from tools.workspace.syntax import parse

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def without(before: str, after: str, names: Sequence[str]) -> str:
    """Python's text without those of its outermost definitions that are named and that no edit has changed."""
    wanted = {name.strip().removesuffix("()") for name in names}
    old = {node.name: source for node, source in _definitions(before)}
    lines: list[str | None] = list(after.splitlines(keepends=True))
    for node, source in _definitions(after):
        if node.name in wanted and old.get(node.name) == source:
            first, last = _first(node) - 1, node.end_lineno or node.lineno
            while last < len(lines) and not (lines[last] or "x").strip():
                last += 1
            lines[first:last] = [None] * (last - first)
    return "".join(line for line in lines if line is not None).rstrip("\n") + "\n" if None in lines else after


def _definitions(text: str) -> Iterator[tuple[Definition, str]]:
    tree = parse(text)
    if isinstance(tree, SyntaxProblem):
        return
    lines = text.splitlines()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Definition):
            yield node, "\n".join(lines[_first(node) - 1 : node.end_lineno])


def _first(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


__all__ = ["without"]
