"""The values of a script's expressions, calls excepted."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace

from tools.security.scripts import sources
from tools.security.scripts.guards import PLACES, facts, spelled
from tools.security.scripts.machine import DEPTH, Machine
from tools.security.scripts.syntax import FUNCTIONS, Syntax
from tools.security.scripts.values import (
    ARGUMENT,
    EVERY,
    NOTHING,
    NUMBER,
    Closure,
    Scope,
    Value,
    concatenated,
    join,
    made_of,
)

COMPARING = frozenset(
    {
        "===",
        "!==",
        "==",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "in",
        "instanceof",
        "-",
        "*",
        "/",
        "%",
        "**",
        "|",
        "&",
        "^",
        "<<",
        ">>",
        ">>>",
    }
)
THROUGH = frozenset(
    {
        "parenthesized_expression",
        "await_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "spread_element",
        "jsx_expression",
        "yield_expression",
        "expression_statement",
    }
)
PLAIN = frozenset({"null", "undefined", "regex"})
NAME_CHARS = 120


class Expressions(Machine):
    @abstractmethod
    def call(self, node: Syntax, scope: Scope) -> Value: ...

    def evaluate(self, node: Syntax | None, scope: Scope) -> Value:
        if node is None or node.type in PLAIN:
            if node is not None and node.type == "regex":
                self.check_node(node, scope)
            return NOTHING
        self.steps += 1
        if self.depth > DEPTH:
            return NOTHING
        self.depth += 1
        try:
            value = self._value(node, scope)
        finally:
            self.depth -= 1
        return value

    def _value(self, node: Syntax, scope: Scope) -> Value:
        kind = node.type
        if kind in THROUGH:
            first = kind in {"as_expression", "satisfies_expression", "non_null_expression"}
            return self.evaluate(node.kids[0 if first else -1], scope) if node.kids else NOTHING
        if kind in FUNCTIONS:
            return self.function(node, scope)
        handler: Callable[[Syntax, Scope], Value] | None = self._table().get(kind)
        if handler is not None:
            return handler(node, scope)
        self.check_node(node, scope)
        values = [self.evaluate(kid, scope) for kid in node.kids]
        return made_of(values)

    def _table(self) -> dict[str, Callable[[Syntax, Scope], Value]]:
        return {
            "identifier": self._identifier,
            "shorthand_property_identifier": self._identifier,
            "this": lambda node, scope: scope.find("this") or NOTHING,
            "string": self._string,
            "true": lambda node, scope: Value(text="true", kind="boolean"),
            "false": lambda node, scope: Value(text="false", kind="boolean"),
            "number": lambda node, scope: replace(NUMBER, text=node.text),
            "template_string": self._template,
            "member_expression": self._member,
            "subscript_expression": self._subscript,
            "call_expression": self.call,
            "new_expression": self.call,
            "binary_expression": self._binary,
            "unary_expression": self._unary,
            "update_expression": self._unary,
            "ternary_expression": self._ternary,
            "object": self._object,
            "array": self._array,
            "assignment_expression": self._assignment,
            "augmented_assignment_expression": self._augmented,
            "sequence_expression": self._sequence,
            "class": self._class,
        }

    def _sequence(self, node: Syntax, scope: Scope) -> Value:
        values = [self.evaluate(kid, scope) for kid in node.kids]
        return values[-1] if values else NOTHING

    def _class(self, node: Syntax, scope: Scope) -> Value:
        self.execute(node, scope)
        return NOTHING

    def function(self, node: Syntax, scope: Scope) -> Value:
        closure = Closure(node, scope, scope.find("this"))
        if id(node) not in self.met or scope is not self.met[id(node)].scope:
            self.met[id(node)] = closure
        return Value(kind="function", closure=closure)

    def _string(self, node: Syntax, scope: Scope) -> Value:
        return Value(text=node.text[1:-1], kind="string")

    def _template(self, node: Syntax, scope: Scope) -> Value:
        parts = []
        for kid in node.kids:
            if kid.type == "template_substitution":
                parts.append(self.evaluate(kid.kids[0], scope) if kid.kids else NOTHING)
            else:
                parts.append(Value(text=kid.text))
        value = concatenated(parts)
        self.check_made(node, value)
        return value

    def _identifier(self, node: Syntax, scope: Scope) -> Value:
        return self.named(node.text, scope)

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

    def _member(self, node: Syntax, scope: Scope) -> Value:
        place = spelled(node)
        checked = scope.find(place)
        if checked is not None:
            return checked
        holder, key = node.part("object"), node.part("property")
        if holder is None or key is None:
            return NOTHING
        value = self.evaluate(holder, scope)
        if holder.type == "identifier":
            value = self._global(value, holder.text)
        return self.member_of(value, key.text)

    def member_of(self, value: Value, key: str) -> Value:
        if key in {"length", "size", "byteLength"}:
            return NUMBER
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

    def _subscript(self, node: Syntax, scope: Scope) -> Value:
        checked = scope.find(spelled(node))
        if checked is not None:
            return checked
        holder, index = node.part("object"), node.part("index")
        value, key = self.evaluate(holder, scope), self.evaluate(index, scope)
        if holder is not None and holder.type == "identifier":
            value = self._global(value, holder.text)
        if key.text is not None and index is not None and index.string is not None:
            return self.member_of(value, key.text)
        if value.fields is not None and not value.level:
            if key.text is not None and key.text in value.fields:
                return value.fields[key.text]
            inner = join(value.fields.values())
            return inner if key.level == 0 or inner.level else replace(inner, kind="chosen")
        if value.kind == "request":
            return sources.foreign("the request") if key.level == 0 and key.text is None else NOTHING
        kind = "string" if value.kind in {"texts", "string"} else ""
        name = f"{value.name}[]"[:NAME_CHARS] if value.name else ""
        return replace(value, fields=None, closure=None, text=None, kind=kind, name=name)

    def _binary(self, node: Syntax, scope: Scope) -> Value:
        operator = (node.part("operator") or node).text
        left, right = node.part("left"), node.part("right")
        if operator == "+":
            value = concatenated([self.evaluate(part, scope) for part in _added(node)])
            self.check_made(node, value)
            return value
        if operator in {"&&", "||", "??"} and left is not None:
            value = self.evaluate(left, scope)
            told = facts(left)[0 if operator == "&&" else 1] if operator != "??" else []
            way = Scope(scope, branch=True)
            self.apply(told, way)
            other = self.evaluate(right, way)
            return other if operator == "&&" else join((value, other))
        self.evaluate(left, scope)
        self.evaluate(right, scope)
        return NUMBER if operator in COMPARING else NOTHING

    def _unary(self, node: Syntax, scope: Scope) -> Value:
        value = self.evaluate(node.kids[-1], scope) if node.kids else NOTHING
        if node.text.startswith("!"):
            known = {"true": "false", "false": "true"}.get(value.text or "") if value.kind == "boolean" else None
            return Value(text=known, kind="boolean")
        return NOTHING if node.text.startswith(("delete", "void")) and value else NUMBER

    def _ternary(self, node: Syntax, scope: Scope) -> Value:
        condition = node.part("condition")
        self.evaluate(condition, scope)
        values = []
        yes, no = facts(condition) if condition is not None else ([], [])
        for part, told in (("consequence", yes), ("alternative", no)):
            way = Scope(scope, branch=True)
            self.apply(told, way)
            values.append(self.evaluate(node.part(part), way))
        return join(values)

    def _object(self, node: Syntax, scope: Scope) -> Value:
        fields: dict[str, Value] = {}
        for kid in node.kids:
            if kid.type == "pair":
                key = kid.part("key")
                value = self.evaluate(kid.part("value"), scope)
                self.check_node(kid, scope)
                if key is not None and key.type == "computed_property_name":
                    chosen = self.evaluate(key.kids[0] if key.kids else None, scope)
                    fields[EVERY] = join((fields.get(EVERY, NOTHING), value))
                    fields["[key]"] = join((fields.get("[key]", NOTHING), chosen))
                elif key is not None:
                    fields[key.text.strip("'\"")] = value
            elif kid.type == "shorthand_property_identifier":
                fields[kid.text] = self._identifier(kid, scope)
            elif kid.type == "spread_element":
                self._spread(self.evaluate(kid, scope), fields)
            elif kid.type == "method_definition":
                fields[(kid.part("name") or kid).text] = self.function(kid, scope)
        made = Value(kind="object", fields=fields)
        self.check_made(node, made)
        return made

    def _spread(self, value: Value, fields: dict[str, Value]) -> None:
        fields.update(value.fields or {})
        if value.level:
            fields[EVERY] = join((fields.get(EVERY, NOTHING), replace(value, fields=None)))
            fields["..."] = value

    def _array(self, node: Syntax, scope: Scope) -> Value:
        values = [self.evaluate(kid, scope) for kid in node.kids]
        return Value(kind="array", fields={str(number): value for number, value in enumerate(values)})

    def _assignment(self, node: Syntax, scope: Scope) -> Value:
        left, right = node.part("left"), node.part("right")
        value = self.evaluate(right, scope)
        if left is not None:
            self.check_assignment(node, spelled(left), value, scope)
            self.bind(left, value, scope, declare=False)
        return value

    def _augmented(self, node: Syntax, scope: Scope) -> Value:
        left, right = node.part("left"), node.part("right")
        operator = (node.part("operator") or node).text
        before, added = self.evaluate(left, scope), self.evaluate(right, scope)
        value = (
            concatenated([before, added])
            if operator == "+="
            else join((before, added))
            if operator in {"||=", "??=", "&&="}
            else NUMBER
        )
        if left is not None:
            self.check_assignment(node, spelled(left), value, scope)
            self.bind(left, value, scope, declare=False)
        return value

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
        scope.function().names[place] = value

    def _root(self, node: Syntax) -> str | None:
        while node.type in {"member_expression", "subscript_expression"}:
            inner = node.part("object")
            if inner is None:
                return None
            node = inner
        return node.text if node.type in {"identifier", "this"} else None


def _added(node: Syntax) -> list[Syntax]:
    """`a + b + c`, however long."""
    parts: list[Syntax] = []
    while node.type == "binary_expression" and (node.part("operator") or node).text == "+":
        right, left = node.part("right"), node.part("left")
        if right is not None:
            parts.append(right)
        if left is None:
            break
        node = left
    return [node, *reversed(parts)]


__all__ = ["PLACES", "THROUGH", "Expressions"]
