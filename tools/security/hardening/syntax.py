"""Small edits of calls in a syntax tree that keeps every space and comment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst


@dataclass(frozen=True)
class Edit:
    node: cst.BaseExpression
    title: str
    imports: tuple[tuple[str, str | None], ...] = ()
    """(module, name or None) that it needs."""
    safe: bool = True


@dataclass(frozen=True)
class Place:
    """Where a call stands."""

    names: frozenset[str]
    """Dotted names that it may be called by, imports followed."""
    modules: frozenset[str]
    """That the file imports."""

    def has(self, *names: str) -> bool:
        return bool(self.names & set(names))


Fixer = Callable[[cst.Call, Place], Edit | None]


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    return next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


def spread(call: cst.Call) -> bool:
    return any(arg.star for arg in call.args)


def is_name(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def is_plain(part: cst.FormattedStringExpression) -> bool:
    """`{value}` and nothing more."""
    return not (part.conversion or part.format_spec or part.equal)


def with_keyword(call: cst.Call, name: str, code: str) -> cst.Call:
    """The argument set, in its place where it was given."""
    value = cst.parse_expression(code)
    given = keyword(call, name)
    if given is not None:
        return call.with_changes(args=[a.with_changes(value=value) if a is given else a for a in call.args])
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    new = cst.Arg(value, cst.Name(name), equal=equal)
    if not call.args:
        return call.with_changes(args=[new])
    *others, last = call.args
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if others and isinstance(last.comma, cst.Comma) and isinstance(others[-1].comma, cst.Comma):
        comma = others[-1].comma  # one argument a line, and a comma at the end
    return call.with_changes(args=[*others, last.with_changes(comma=comma), new.with_changes(comma=last.comma)])


def without_keyword(call: cst.Call, name: str) -> cst.Call:
    left = [arg for arg in call.args if arg.keyword is None or arg.keyword.value != name]
    if left and left[-1] is not call.args[-1]:
        left[-1] = left[-1].with_changes(comma=call.args[-1].comma)
    return call.with_changes(args=left)


def called(call: cst.Call, code: str) -> cst.Call:
    """The same arguments, another function."""
    return call.with_changes(func=cst.parse_expression(code))


def renamed(call: cst.Call, last: str) -> cst.Call:
    """Another function of the same module, which is named before the dot."""
    if not isinstance(call.func, cst.Attribute):
        raise TypeError("the function is not reached through its module")
    return call.with_changes(func=call.func.with_changes(attr=cst.Name(last)))


def code_of(node: cst.CSTNode) -> str:
    return cst.Module(body=[]).code_for_node(node)


__all__ = [
    "Edit",
    "Fixer",
    "Place",
    "called",
    "code_of",
    "is_name",
    "is_plain",
    "keyword",
    "renamed",
    "spread",
    "with_keyword",
    "without_keyword",
]
