"""The loops of a source file, and what in one makes it slow. Nothing is run."""

from __future__ import annotations

import ast
from dataclasses import dataclass

LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SEARCHES = frozenset({"index", "count", "remove"})


@dataclass(frozen=True)
class Loop:
    first: int
    last: int
    node: ast.AST


class Source:
    """One file; a file that cannot be parsed has no loops."""

    def __init__(self, text: str) -> None:
        try:
            self._tree: ast.Module | None = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            self._tree = None

    def loop_at(self, line: int, *, head: bool = False) -> Loop | None:
        """The outermost loop, within the innermost function, that runs this line again and again.

        `head`: also the line that it begins with, where it takes the next value.
        """
        if self._tree is None:
            return None
        found: Loop | None = None
        nodes: list[ast.AST] = [self._tree]
        while nodes:
            node = nodes.pop()
            if isinstance(node, FUNCTIONS) and node.lineno <= line <= (node.end_lineno or 0):
                found, nodes = None, []
            elif isinstance(node, LOOPS) and found is None and _repeats(node, line, head=head):
                found = Loop(node.lineno, node.end_lineno or node.lineno, node)
            nodes += list(ast.iter_child_nodes(node))
        return found


def _repeats(loop: ast.AST, line: int, *, head: bool) -> bool:
    if isinstance(loop, ast.For | ast.AsyncFor) and not head:
        first = loop.body[0].lineno
        return first <= line <= (loop.body[-1].end_lineno or first)
    return bool(loop.lineno <= line <= (loop.end_lineno or loop.lineno))  # type: ignore[attr-defined]


def advice(loop: Loop) -> str:
    """What would help, as far as its text tells."""
    for node in ast.walk(loop.node):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            return (
                f"line {node.lineno} searches through a collection each round: make a set or dict of it before the loop"
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in SEARCHES or (name == "pop" and node.args and _is_zero(node.args[0])) or name == "insert":
                return (
                    f"line {node.lineno} ({name}) goes through the whole list each round: use a dict, a set or a deque"
                )
            if ast.unparse(node.func) in ("re.compile", "copy.deepcopy"):
                return f"line {node.lineno} does the same each time round: do it once before the loop"
    inner = [node for node in ast.walk(loop.node) if isinstance(node, LOOPS) and node is not loop.node]
    if inner:
        line = getattr(inner[0], "lineno", loop.first)
        return (
            f"the loop within it (line {line}) makes it quadratic: build an index (dict) once, or let the database join"
        )
    return "do less in each round: move what stays the same before the loop, let the database do it, or keep the result"


def _is_zero(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


__all__ = ["Loop", "Source", "advice"]
