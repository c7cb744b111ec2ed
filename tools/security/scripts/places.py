"""Variables, fields of objects and patterns: where a script keeps its values, and what is read from there."""

from __future__ import annotations

import re
from dataclasses import replace

from tools.security.scripts import sources
from tools.security.scripts.guards import spelled
from tools.security.scripts.machine import Machine
from tools.security.scripts.syntax import THROUGH, Syntax
from tools.security.scripts.values import ARGUMENT, EVERY, NOTHING, NUMBER, Scope, Value, join

NAME_CHARS = 120
OWN_PLACE = frozenset({"origin", "host", "hostname", "protocol", "port"})
"""Of the page's address, what whoever makes a link to it cannot choose."""


class Places(Machine):
    def named(self, name: str, scope: Scope) -> Value:
        held = scope.find(name)
        if held is not None:
            return held
        return sources.of_name(name) or sources.by_name(name, answered=False) if name != "name" else NOTHING

    def place(self, text: str, scope: Scope) -> Value:
        head, *rest = re.split(r"\.", text)
        value = self._global(self.named(head, scope), head)
        for key in rest:
            value = self.member_of(value, key.partition("[")[0])
        return value

    def _global(self, value: Value, name: str) -> Value:
        return value if value is not NOTHING else Value(name=name)

    def member_of(self, value: Value, key: str) -> Value:
        if key in {"length", "size", "byteLength"}:
            return NUMBER
        if (
            value.origin == "page"
            and key in {"origin", "host", "hostname", "protocol", "port"}
            and "location" in value.name
        ):
            return NOTHING
        if value.kind == "request":
            told = sources.of_request(key, called=False)
            return told if told is not None else Value(name=f"<request>.{key}")
        name = f"{value.name}.{key}"[:NAME_CHARS] if value.name else ""
        if value.fields is not None and (key in value.fields or not value.level):
            held = value.held(key)
            return held if held is not NOTHING else Value(name=name)
        known = sources.of_name(name) if name and value.level <= ARGUMENT else None
        if known is not None:
            return known
        if "redirect" in value.safe and key in {"query", "searchParams", "search", "hash", "queryParams"}:
            value = replace(value, safe=value.safe - {"redirect"})
        kind = "string" if value.kind == "texts" else "" if value.kind in {"array", "object"} else value.kind
        return replace(
            value,
            name=name,
            fields=None,
            closure=None,
            text=None,
            kind=kind if kind == "string" else "",
            made_of=value.made_of,
        )

    def bind(self, pattern: Syntax, value: Value, scope: Scope, *, declare: bool) -> None:
        kind = pattern.type
        if kind in {"identifier", "shorthand_property_identifier_pattern", "shorthand_property_identifier"}:
            (scope.declare if declare else scope.assign)(pattern.text, value)
        elif kind in {"assignment_pattern", "object_assignment_pattern"}:
            left, default = pattern.part("left"), self.evaluate(pattern.part("right"), scope)
            if left is not None:
                self.bind(left, value if value.level or value.kind else join((value, default)), scope, declare=declare)
        elif kind == "object_pattern":
            for kid in pattern.kids:
                self._bind_field(kid, value, scope, declare=declare)
        elif kind == "array_pattern":
            for number, kid in enumerate(pattern.kids):
                self.bind(kid, self._element(value, number), scope, declare=declare)
        elif kind == "rest_pattern" and pattern.kids:
            self.bind(pattern.kids[0], value, scope, declare=declare)
        elif kind in {"member_expression", "subscript_expression"}:
            self._bind_member(pattern, value, scope)
        elif kind in THROUGH and pattern.kids:
            self.bind(pattern.kids[0], value, scope, declare=declare)

    def _element(self, value: Value, number: int) -> Value:
        if value.fields is not None and str(number) in value.fields:
            return value.fields[str(number)]
        return self.member_of(value, "[]") if value.level or not value.fields else join(value.fields.values())

    def _bind_field(self, kid: Syntax, value: Value, scope: Scope, *, declare: bool) -> None:
        if kid.type == "pair_pattern":
            key, inner = kid.part("key"), kid.part("value")
            if key is not None and inner is not None:
                self.bind(inner, self.member_of(value, key.text.strip("'\"")), scope, declare=declare)
        elif kid.type == "object_assignment_pattern":
            left = kid.part("left")
            held = self.member_of(value, left.text) if left is not None else NOTHING
            self.bind(kid, held, scope, declare=declare)
        elif kid.type == "rest_pattern":
            self.bind(kid, value, scope, declare=declare)
        else:
            self.bind(kid, self.member_of(value, kid.text), scope, declare=declare)

    def _bind_member(self, pattern: Syntax, value: Value, scope: Scope) -> None:
        """`options.path = x`: the variable holds it from now on."""
        place = spelled(pattern)
        holder = pattern.part("object")
        key = pattern.part("property") or pattern.part("index")
        if holder is None or key is None:
            return
        constant = pattern.part("property") is not None or key.type in {"string", "number"}
        name = key.text.strip("'\"") if constant else EVERY
        if value.closure is not None and re.match(r"(module\.)?exports\b", place):
            self.exported.add(id(value.closure.node))
        root = self._root(holder)
        if root is None:
            return
        if holder.type in {"identifier", "this"}:
            before = scope.find(root) or NOTHING
            if before.kind not in {"request", "response"}:
                held = join((before.held(EVERY), value)) if name == EVERY else value
                scope.assign(root, before.with_field(name, held))
        elif constant:
            self._bind_deep(holder, root, name, value, scope)
        scope.function().names[place] = value

    def _bind_deep(self, holder: Syntax, root: str, name: str, value: Value, scope: Scope) -> None:
        """`options.proxy.url = x`."""
        key, around = holder.part("property"), holder.part("object")
        whole = scope.find(root)
        if key is None or around is None or around.type not in {"identifier", "this"} or whole is None:
            return
        held = whole.held(key.text)
        if whole.fields is not None and not whole.level and held.kind in {"", "object"} and not held.closure:
            scope.assign(root, whole.with_field(key.text, held.with_field(name, value)))

    def _root(self, node: Syntax) -> str | None:
        while node.type in {"member_expression", "subscript_expression"}:
            inner = node.part("object")
            if inner is None:
                return None
            node = inner
        return node.text if node.type in {"identifier", "this"} else None

    def _item(self, value: Value) -> Value:
        if value.fields and not value.level:
            return join(value.fields.values())
        return replace(value, fields=None, closure=None, text=None)


__all__ = ["NAME_CHARS", "Places"]
