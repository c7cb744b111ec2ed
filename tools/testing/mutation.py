"""Mutants of a Python source: one small change each, on given lines. Runs in the sandbox: the standard library only."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
}


@dataclass(frozen=True)
class Mutation:
    line: int
    change: str
    """What a person reads: `== → !=`."""
    number: int
    """Which of the source's mutations it is: `mutated` finds it again."""


def mutations(source: str, lines: Collection[int]) -> list[Mutation]:
    """On these lines. Raises SyntaxError."""
    tree = ast.parse(source)
    found = [Mutation(line, change, number) for number, (line, change, _) in enumerate(_sites(tree))]
    return [mutation for mutation in found if mutation.line in lines]


def mutated(source: str, number: int) -> ast.Module:
    """The source's syntax with its mutation of that number made."""
    tree = ast.parse(source)
    for index, (_, _, apply) in enumerate(_sites(tree)):
        if index == number:
            apply()
            return ast.fix_missing_locations(tree)
    raise IndexError(f"the source has no mutation {number}")


Site = tuple[int, str, "Apply"]


class Apply:
    """Replaces a field of a node, or an element of a list there."""

    def __init__(self, node: ast.AST, field: str, value: object, index: int | None = None) -> None:
        self._node, self._field, self._value, self._index = node, field, value, index

    def __call__(self) -> None:
        if self._index is None:
            setattr(self._node, self._field, self._value)
        else:
            getattr(self._node, self._field)[self._index] = self._value


def _sites(tree: ast.Module) -> Iterator[Site]:
    """In the order of the source; annotations and docstrings are left alone, they change nothing."""
    for node in _walk(tree):
        if isinstance(node, ast.Compare):
            for index, op in enumerate(node.ops):
                other = COMPARISONS[type(op)]()
                yield node.lineno, f"{_sign(op)} → {_sign(other)}", Apply(node, "ops", other, index)
        elif isinstance(node, ast.BoolOp):
            other_bool = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield node.lineno, "and ↔ or", Apply(node, "op", other_bool)
        elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            yield node.lineno, f"{_sign(node.op)} changed", Apply(node, "op", ARITHMETIC[type(node.op)]())
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            test = ast.UnaryOp(ast.Not(), copy.deepcopy(node.test))
            yield node.test.lineno, "condition negated", Apply(node, "test", test)
        elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
            yield node.lineno, "return None", Apply(node, "value", ast.Constant(None))
        elif isinstance(node, ast.Constant):
            yield from _constant(node)
        yield from _dropped(node)
        yield from _loosened(node)


def _loosened(node: ast.AST) -> Iterator[Site]:
    """Fields of a class that say less of what they take."""
    for statement in node.body if isinstance(node, ast.ClassDef) else ():
        if isinstance(statement, ast.AnnAssign):
            yield statement.lineno, "type → object", Apply(statement, "annotation", ast.Name("object", ast.Load()))
            if statement.value is None or isinstance(statement.value, ast.Call):
                yield statement.lineno, "default → None", Apply(statement, "value", ast.Constant(None))


def _constant(node: ast.Constant) -> Iterator[Site]:
    value = node.value
    if isinstance(value, bool):
        yield node.lineno, f"{value} → {not value}", Apply(node, "value", not value)
    elif isinstance(value, int | float):
        for other in (value + 1, value - 1):
            yield node.lineno, f"{value} → {other}", Apply(node, "value", other)
    elif isinstance(value, str) and value:
        yield node.lineno, "text changed", Apply(node, "value", f"{value}~")


def _dropped(node: ast.AST) -> Iterator[Site]:
    """Statements that do something and give nothing: calls, raises, assignments to attributes."""
    for field in ("body", "orelse", "finalbody"):
        statements = getattr(node, field, None)
        for index, statement in enumerate(statements if isinstance(statements, list) else ()):
            does = isinstance(statement, ast.Raise | ast.AugAssign | ast.Delete) or (
                isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call | ast.Await)
            )
            if does:
                gone = ast.copy_location(ast.Pass(), statement)
                yield statement.lineno, f"{type(statement).__name__.lower()} left out", Apply(node, field, gone, index)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            docstring = name == "body" and index == 0 and isinstance(child, ast.Expr) and _is_text(child.value)
            if isinstance(child, ast.AST) and not docstring:
                yield from _walk(child)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _sign(op: ast.AST) -> str:
    signs = {
        "Eq": "==",
        "NotEq": "!=",
        "Lt": "<",
        "LtE": "<=",
        "Gt": ">",
        "GtE": ">=",
        "Add": "+",
        "Sub": "-",
        "Mult": "*",
    }
    return signs.get(type(op).__name__, type(op).__name__.lower())


__all__ = ["Mutation", "mutated", "mutations"]
