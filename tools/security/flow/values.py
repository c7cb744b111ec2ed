"""What the flow pass knows of a value: where it came from, what it is, what it is made of."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

HOLE = "\0"
TEXT_CHARS = 600
ITEMS = 200
DEEP = 3
EVERYTHING = "*"
"""Name of the modules whose names were all imported."""
ADDRESSES = ("urlparse", "urlsplit", "url_parse")
"""In the name of an address that was taken apart."""
ALL = frozenset({"*"})
Origin = tuple[Any, ...]


class Source(IntEnum):
    """How far whoever sends it is trusted, the least trusted last."""

    FILE = 1
    PARAMETER = 2
    """Of a function that nothing in the folder calls."""
    INPUT = 3
    """Arguments, environment, standard input, a socket's answer."""
    REQUEST = 4


@dataclass(frozen=True, slots=True)
class Taint:
    source: Source
    line: int
    origin: Origin
    safe: frozenset[str] = frozenset()
    """Classes of weakness that it cannot cause any more."""


class _Nothing:
    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


@dataclass(frozen=True, slots=True, eq=False)
class Callable_:
    """A function, class or lambda of the scanned code with the variables around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    module: Any
    around: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    taints: frozenset[Taint] = frozenset()
    const: Any = NOTHING
    known: bool = False
    """Made of nothing but constants of the code."""
    name: str = ""
    """Dotted name of what it is or was made by, such as `sqlite3.connect().cursor`."""
    text: str = HOLE
    """Constant text in it, with a hole for each unknown part."""
    items: Mapping[Any, Value] | None = None
    """A container's elements by key or index, where all are known."""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    target: Callable_ | None = None
    receiver: Value | None = None
    """What a bound method was taken from."""

    @property
    def is_const(self) -> bool:
        return self.const is not NOTHING


UNKNOWN = Value()
A_NUMBER = "0"
"""Stands in a text for a number that is not known: it holds nothing but digits."""
NUMBER = Value(text=A_NUMBER)


def constant(value: Any) -> Value:
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else HOLE
    return Value(const=value, known=True, text=text[:TEXT_CHARS])


def container(items: Mapping[Any, Value], name: str) -> Value:
    """A list, tuple, set or dict whose elements are known."""
    values = list(items.values())[:ITEMS]
    return Value(
        taints=union(values), known=all(value.known for value in values), items=dict(items), name=name, text=HOLE
    )


def union(values: Iterable[Value]) -> frozenset[Taint]:
    found: frozenset[Taint] = frozenset()
    for value in values:
        if value.taints:
            found |= value.taints
    return found


def join(first: Value, second: Value, depth: int = 0) -> Value:
    """Either of the two. What lies deep inside objects is known by its taints only: objects may hold each other."""
    if first is second:
        return first
    if depth > DEEP:
        return Value(taints=first.taints | second.taints, name=first.name or second.name)
    items: dict[Any, Value] | None = None
    if first.items is not None and second.items is not None:
        items = dict(first.items)
        for key, value in second.items.items():
            items[key] = join(items[key], value, depth + 1) if key in items else value
    same = first.is_const and second.is_const and type(first.const) is type(second.const)
    attributes = dict(first.attributes)
    for key, value in second.attributes.items():
        attributes[key] = join(attributes[key], value, depth + 1) if key in attributes else value
    return Value(
        taints=first.taints | second.taints,
        const=first.const if same and first.const == second.const else NOTHING,
        known=first.known and second.known,
        name=first.name or second.name,
        text=_either_text(first, second),
        items=items,
        attributes=attributes,
        target=first.target or second.target,
        receiver=first.receiver or second.receiver,
    )


def _either_text(first: Value, second: Value) -> str:
    if first.text == second.text or not second.taints:
        return first.text if first.taints or not second.text.strip(HOLE) else second.text
    return second.text if not first.taints else min(first.text, second.text, key=lambda text: text.find(HOLE))


def concatenated(parts: Iterable[Value]) -> Value:
    found = list(parts)
    text = "".join(part.text for part in found)[:TEXT_CHARS]
    if all(part.is_const for part in found) and HOLE not in text:
        return constant(text)
    return Value(taints=union(found), known=all(part.known for part in found), text=text, name="str")


def element_of(value: Value) -> Value:
    """Any element of a container."""
    if value.items is not None:
        result = Value(known=True)
        first = True
        for item in list(value.items.values())[:ITEMS]:
            result, first = (item, False) if first else (join(result, item), False)
        return result
    if isinstance(value.const, str):
        return Value(known=True)
    return Value(taints=value.taints, known=value.known, name=value.name and f"{value.name}[]")


def safe_for(value: Value, classes: frozenset[str]) -> Value:
    if not value.taints:
        return value
    taints = frozenset(replace(taint, safe=taint.safe | classes) for taint in value.taints)
    return replace(value, taints=taints, const=NOTHING)


def narrowed(value: Value, key: Any) -> frozenset[Taint]:
    """The taints of one field of it, which is checked on its own."""
    if any(word in value.name for word in ADDRESSES):
        return value.taints
    return frozenset(
        replace(taint, origin=(*taint.origin, key)) if len(taint.origin) < 8 else taint for taint in value.taints
    )


__all__ = [
    "ADDRESSES",
    "ALL",
    "A_NUMBER",
    "EVERYTHING",
    "HOLE",
    "NOTHING",
    "NUMBER",
    "UNKNOWN",
    "Callable_",
    "Origin",
    "Source",
    "Taint",
    "Value",
    "concatenated",
    "constant",
    "container",
    "element_of",
    "join",
    "narrowed",
    "safe_for",
    "union",
]
