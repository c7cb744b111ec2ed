"""Operations on constants, bounded, as Python would do them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from tools.security.flow.values import NOTHING

LIMIT = 10_000
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.Pow: operator.pow,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
METHODS = frozenset(
    [
        "upper",
        "lower",
        "strip",
        "lstrip",
        "rstrip",
        "replace",
        "split",
        "rsplit",
        "join",
        "format",
        "startswith",
        "endswith",
        "title",
        "capitalize",
        "swapcase",
        "find",
        "rfind",
        "index",
        "count",
        "encode",
        "decode",
        "zfill",
        "isdigit",
        "isalpha",
        "isalnum",
        "partition",
        "removeprefix",
        "removesuffix",
    ]
)
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len, "int": int, "str": str, "bool": bool, "abs": abs, "min": min, "max": max, "chr": chr, "ord": ord,
    "float": float, "sum": sum,
}  # fmt: skip
FAULTS = (TypeError, ValueError, ZeroDivisionError, OverflowError, IndexError, KeyError, AttributeError, LookupError)


def binary(kind: ast.operator, left: Any, right: Any) -> Any:
    operation = BINARY.get(type(kind))
    if operation is None or not (_small(left) and _small(right)):
        return NOTHING
    if isinstance(kind, ast.Pow | ast.Mult) and not all(
        isinstance(v, int | float) and abs(v) < LIMIT for v in (left, right)
    ):
        return NOTHING
    if isinstance(kind, ast.Pow | ast.LShift) and right > 64:
        return NOTHING
    return _try(operation, left, right)


def compare(kind: ast.cmpop, left: Any, right: Any) -> Any:
    return _try(COMPARE[type(kind)], left, right)


def method(receiver: Any, name: str, arguments: Sequence[Any]) -> Any:
    if name not in METHODS or not isinstance(receiver, str | bytes) or not all(map(_small, (receiver, *arguments))):
        return NOTHING
    if name == "zfill" or (name == "format" and any(mark in str(receiver) for mark in (":", "!"))):
        return NOTHING
    return _try(lambda: getattr(receiver, name)(*arguments))


def call(name: str, arguments: Sequence[Any]) -> Any:
    if name not in FUNCTIONS or not arguments or not all(map(_small, arguments)):
        return NOTHING
    return _try(FUNCTIONS[name], *arguments)


def subscript(value: Any, key: Any) -> Any:
    return _try(operator.getitem, value, key)


def _small(value: Any) -> bool:
    if isinstance(value, str | bytes | tuple | list):
        return len(value) < LIMIT
    return value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1 << 64)


def _try(operation: Callable[..., Any], *arguments: Any) -> Any:
    try:
        result = operation(*arguments)
    except FAULTS:
        return NOTHING
    return result if _small(result) else NOTHING


__all__ = ["binary", "call", "compare", "method", "subscript"]
