"""Functions that are handed over with their arguments, to be called later or elsewhere: threads, pools, loops."""

from __future__ import annotations

import ast

PLACES = {
    "to_thread": 0,
    "run_sync": 0,
    "run_in_threadpool": 0,
    "submit": 0,
    "apply_async": 0,
    "add_task": 0,
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "run_in_executor": 1,
    "call_later": 1,
    "Timer": 1,
}
"""Last part of the name → where the function stands among the arguments; its own follow it."""
STARTED = frozenset({"Thread", "Process"})
"""Take it as `target`, with `args`."""


def handed_over(node: ast.Call) -> ast.Call | None:
    """The call that will be made of what this one is given, at its place; None where it is given no function."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in STARTED:
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        target, rest = named.get("target"), named.get("args")
        arguments = rest.elts if isinstance(rest, ast.Tuple | ast.List) else []
        return _made(target, arguments, [], node)
    place = PLACES.get(name)
    if place is None or len(node.args) <= place:
        return None
    return _made(node.args[place], node.args[place + 1 :], node.keywords, node)


def _made(
    target: ast.expr | None, arguments: list[ast.expr], keywords: list[ast.keyword], node: ast.Call
) -> ast.Call | None:
    if not isinstance(target, ast.Name | ast.Attribute):
        return None
    return ast.copy_location(ast.Call(target, arguments, keywords), node)


__all__ = ["handed_over"]
