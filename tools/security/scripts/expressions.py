"""The values of a script's expressions, calls excepted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from tools.security.scripts import sources
from tools.security.scripts.guards import facts, spelled
from tools.security.scripts.machine import DEPTH
from tools.security.scripts.places import NAME_CHARS, Places
from tools.security.scripts.syntax import FUNCTIONS, THROUGH, Syntax
from tools.security.scripts.values import (
    EVERY,
    FOREIGN,
    NOTHING,
    NUMBER,
    Closure,
    Scope,
    Value,
    concatenated,
    join,
    made_of,
)
from tools.security.scripts.wording import words

COMPARING = words("=== !== == != < > <= >= in instanceof - * / % ** | & ^ << >> >>>")
PLAIN = frozenset({"null", "undefined", "regex"})


class Expressions(Places):
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
        handler: Callable[[Syntax, Scope], Value] | None = self.table.get(kind)
        if handler is not None:
            return handler(node, scope)
        self.check_node(node, scope)
        values = [self.evaluate(kid, scope) for kid in node.kids]
        return made_of(values)

    @cached_property
    def table(self) -> dict[str, Callable[[Syntax, Scope], Value]]:
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
            "class": self.class_body,
        }

    def _sequence(self, node: Syntax, scope: Scope) -> Value:
        values = [self.evaluate(kid, scope) for kid in node.kids]
        return values[-1] if values else NOTHING

    @abstractmethod
    def class_body(self, node: Syntax, scope: Scope) -> Value: ...

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
            chosen = key.at("proto") == FOREIGN and key.kind != "number" and not inner.level
            return replace(inner, kind="chosen") if chosen else inner
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


__all__ = ["Expressions"]
