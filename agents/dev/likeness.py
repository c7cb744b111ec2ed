"""Functions of one resource's routes that are those of another one under its names: told in a few words. Pure.

Only where the text follows to the letter from the other one's, so that it can be edited unseen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

KINDS = ("list", "create", "read", "replace", "update", "delete", "find")
CODES = re.compile(r"problems\((?P<codes>[\d, ]*)\)")
CHECK = re.compile(r"^    check\(session, row\b.*\)$")
ENDS = re.compile(r"^    (?P<end>session\.commit\(\)|commit\(session, \w+\))$")


@dataclass(frozen=True)
class Names:
    """Of a resource, in its routes."""

    class_name: str
    one: str
    many: str

    @property
    def all(self) -> tuple[str, ...]:
        """The longest first: each is replaced before a part of it could be."""
        return (self.many, self.one, self.one.replace("_", " "), self.class_name)


@dataclass(frozen=True)
class Function:
    name: str
    first: int
    """Line of its first decorator, from 1 on."""
    last: int
    text: str


@dataclass(frozen=True)
class Routes:
    names: Names
    functions: dict[str, Function]
    """By kind."""


def routes_of(text: str) -> Routes | None:
    """None where it is no module of routes as the template makes them."""
    try:
        nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return None
    lines = text.splitlines()
    functions = {kind: function for kind, function in _functions(nodes, lines) if kind in KINDS}
    found = re.search(r"\) -> (\w+):", functions["find"].text) if "find" in functions else None
    if found is None or not {"list", "read"} <= functions.keys():
        return None
    many, one = (functions[kind].name.partition("_")[2] for kind in ("list", "read"))
    return Routes(Names(found[1], one, many), functions)


def _functions(nodes: Sequence[ast.FunctionDef], lines: Sequence[str]) -> Iterator[tuple[str, Function]]:
    for node in nodes:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        last = node.end_lineno or node.lineno
        text = "\n".join(lines[first - 1 : last])
        yield node.name.partition("_")[0], Function(node.name, first, last, text)


def alike(first: Routes, other: Routes) -> dict[str, str]:
    """Kind → what differs beside the names, for the functions of `other` that follow from those of `first`."""
    found = {}
    for kind in first.functions.keys() & other.functions.keys():
        differs = _difference(
            _renamed(first.functions[kind].text, first.names, other.names), other.functions[kind].text
        )
        if differs is not None:
            found[kind] = differs
    return {kind: found[kind] for kind in KINDS if kind in found}


def _renamed(text: str, old: Names, new: Names) -> str:
    by_name = dict(zip(old.all, new.all, strict=True))
    pattern = "|".join(re.escape(name) for name in old.all)
    return re.sub(pattern, lambda found: by_name[found.group()], text)


def _difference(expected: str, text: str) -> str | None:
    """Empty: none. None: more than can be told."""
    told: list[str] = []
    there, now = expected.splitlines(), text.splitlines()
    if any(map(CHECK.match, there)) and not any(map(CHECK.match, now)):
        there = [line for line in there if not CHECK.match(line)]
        told.append("no check")
    ends = [found["end"] for line in now if (found := ENDS.match(line))]
    if len(ends) == 1 and not any(line == f"    {ends[0]}" for line in there):
        there = [f"    {ends[0]}" if ENDS.match(line) else line for line in there]
        told.append(ends[0])
    before, after = (CODES.search("\n".join(lines)) for lines in (there, now))
    if before is not None and after is not None and before["codes"] != after["codes"]:
        there = CODES.sub(after.group(), "\n".join(there), count=1).splitlines()
        told.append(after.group())
    return ", ".join(told) if there == now else None


__all__ = ["Names", "Routes", "alike", "routes_of"]
