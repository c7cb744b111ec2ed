"""When a call is the same as one that was followed before."""

from __future__ import annotations

import ast
from typing import Any

from tools.security.flow.machine import Arguments, Frame
from tools.security.flow.values import Value

Key = tuple[Any, ...]
WIDTH = 12
DEEP = 2


def call_key(node: ast.AST, around: Frame, given: Arguments, receiver: Value | None) -> Key | None:
    """None where something comes from outside: then where it comes from matters, and the call is followed."""
    values = [*given.positional, *given.named.values()]
    if given.spread is not None or given.rest is not None or len(values) > WIDTH:
        return None
    parts = [_value_key(value, 0) for value in values]
    own = _value_key(receiver, 0) if receiver is not None else ()
    if own is None or None in parts:
        return None
    return (id(node), id(around), tuple(given.named), tuple(parts), own)


def _value_key(value: Value, depth: int) -> Key | None:
    if value.taints:
        return None
    const = value.const if isinstance(value.const, str | int | bool | float | bytes | None) else "?"
    inner: list[Any] = []
    for name, member in [*(value.items or {}).items(), *value.attributes.items()] if depth < DEEP else ():
        key = _value_key(member, depth + 1)
        if key is None:
            return None
        inner.append((str(name), key))
    target = id(value.target.node) if value.target is not None else 0
    return (value.is_const, type(const).__name__, const, value.known, value.name, value.text, target, tuple(inner))


__all__ = ["Key", "call_key"]
