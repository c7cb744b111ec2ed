"""What a name stands for, and what is known of the function that it stands in."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace

from tools.security.flow import tables
from tools.security.flow.machine import Frame, fresh, lookup
from tools.security.flow.values import EVERYTHING, Source, Value


def name_of(node: ast.Name, frame: Frame) -> Value:
    found = lookup(node.id, frame)
    if found is not None:
        if found.name in tables.REQUEST_ROOTS and not found.taints:
            return replace(found, taints=fresh(Source.REQUEST, node, frame).taints)
        return found
    if node.id == "request":  # of a part of a program, or brought in by means that are not seen
        return Value(name="$request", taints=fresh(Source.REQUEST, node, frame).taints)
    return Value(name=_from_everything(node.id, frame))


def _from_everything(name: str, frame: Frame) -> str:
    """Of a module whose names were all imported: the one that is known to have it."""
    held = lookup(EVERYTHING, frame)
    modules = list(held.items.values()) if held is not None and held.items is not None else []
    if hasattr(builtins, name) and name != "open":
        return name
    dotted = [f"{module.const}.{name}" for module in modules]
    known = next((full for full in dotted if full in tables.FUNCTION_SINKS or full in tables.REQUEST_ROOTS), "")
    return known or (dotted[0] if len(dotted) == 1 and not hasattr(builtins, name) else name)


def one_path(frame: Frame) -> bool:
    """Routes without a parameter lead here: whoever asks has not chosen the path."""
    function = frame.function
    decorators = function.decorator_list if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else []
    routes = [
        node.args[0].value
        for node in decorators
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    ]
    return bool(routes) and all(isinstance(route, str) and not {"<", "{"} & set(route) for route in routes)


__all__ = ["name_of", "one_path"]
