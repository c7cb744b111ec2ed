"""Parts of values: what a subscript gives, and what `%` makes of a template."""

from __future__ import annotations

from dataclasses import replace

from tools.security.flow import folding
from tools.security.flow.values import A_NUMBER, NOTHING, Value, concatenated, constant, element_of, narrowed


def item(value: Value, key: Value) -> Value:
    """`value[key]`"""
    hashable = key.is_const and isinstance(key.const, str | int | bytes | bool | float | tuple | None)
    if value.items is not None:
        if hashable and key.const in value.items:
            return value.items[key.const]
        if hashable and isinstance(key.const, int) and key.const < 0 and key.const + len(value.items) in value.items:
            return value.items[key.const + len(value.items)]
        if hashable and not value.taints:
            return Value(known=value.known)
        return element_of(value)
    if value.is_const and key.is_const:
        result = folding.subscript(value.const, key.const)
        return constant(result) if result is not NOTHING else Value(known=True)
    name = f"{value.name}[]" if value.name else ""
    if not value.taints:
        return Value(name=name, known=value.known)
    return Value(taints=narrowed(value, key.const) if hashable else value.taints, name=name)


def percent(template: str, given: Value) -> Value:
    """`%d` lets numbers through only."""
    parts = list(given.items.values()) if given.items is not None and given.name != "dict" else [given]
    pieces: list[Value] = []
    rest = template
    for part in parts:
        head, mark, tail = rest.partition("%")
        pieces.append(constant(head))
        if not mark:
            break
        pieces.append(Value(known=part.known, text=A_NUMBER) if tail[:1] in {"d", "i", "f", "x"} else part)
        rest = tail[1:]
    else:
        pieces.append(constant(rest))
    result = concatenated(pieces)
    return result if "%(" not in template else replace(result, taints=given.taints, const=NOTHING)


__all__ = ["item", "percent"]
