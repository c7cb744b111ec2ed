"""Classes, what is made of them, and functions that are called with `new`."""

from __future__ import annotations

import re

from tools.security.scripts.functions import Functions
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import NOTHING, Closure, Scope, Value

FIELDS = frozenset({"public_field_definition", "field_definition"})
INSTANCES = 4
"""Of classes whose constructors ask for further ones."""


class Classes(Functions):
    def class_body(self, node: Syntax, scope: Scope) -> Value:
        inner = Scope(scope, owner=None)
        parent = self._parent(node, scope)
        inherited = {key: held for key, held in (parent.fields or {}).items() if key != "constructor"}
        inner.names["this"] = Value(kind="object", fields=inherited)
        inner.names["super"] = parent
        body, name = node.part("body"), node.part("name")
        methods: list[tuple[str, Syntax]] = []
        for kid in body.kids if body is not None else []:
            key = kid.part("name") or kid.part("property")
            if kid.type == "method_definition" and key is not None:
                methods.append((key.text, kid))
            elif kid.type in FIELDS and key is not None:
                value = self.evaluate(kid.part("value"), inner)
                self.check_node(kid, inner)
                inner.names["this"] = inner.names["this"].with_field(key.text, value)
            elif kid.type == "class_static_block":
                self.execute(kid, inner)
        for key_text, method in methods:
            value = Value(kind="function", closure=Closure(method, inner))
            inner.names["this"] = inner.names["this"].with_field(key_text, value)
        for key_text, method in methods:
            closure = Closure(method, inner)
            if key_text == "constructor":
                self.invoke(closure, self.default_arguments(closure))
            else:
                self.met[id(method)] = closure
        made = Value(name=name.text if name is not None else "", kind="class", fields=inner.names["this"].fields)
        if name is not None:
            scope.declare(name.text, made)
        return made

    def _parent(self, node: Syntax, scope: Scope) -> Value:
        heritage = next((kid for kid in node.kids if kid.type == "class_heritage"), None)
        clause = heritage.kids[0] if heritage is not None and heritage.kids else None
        if clause is not None and clause.type == "extends_clause":
            clause = clause.part("value")
        value = self.evaluate(clause, scope)
        return value if value.kind == "class" else NOTHING

    def instance(self, made_by: Value, arguments: list[Value]) -> Value:
        name = f"{made_by.name}()" if made_by.name else ""
        if made_by.kind == "class":
            fields = {key: held for key, held in (made_by.fields or {}).items() if key != "constructor"}
            begun = Value(kind="object", fields=fields, name=name)
            constructor = made_by.held("constructor").closure
        else:
            constructor = made_by.closure
            begun = Value(kind="object", fields=self._prototype(constructor), name=name)
        if constructor is None or not self.following:
            return begun
        given, this = self.followed(constructor, arguments, begun)
        return given if given.fields and made_by.kind != "class" else this if this.fields else begun

    def _prototype(self, constructor: Closure | None) -> dict[str, Value]:
        """`Name.prototype.method = function ...`."""
        name = constructor.node.part("name") if constructor is not None else None
        parent = constructor.node.parent if constructor is not None else None
        if name is None and parent is not None and parent.type == "variable_declarator":
            name = parent.part("name")
        if constructor is None or name is None:
            return {}
        start = f"{name.text}.prototype."
        return {
            place[len(start) :]: value
            for place, value in constructor.scope.names.items()
            if place.startswith(start) and "." not in place[len(start) :]
        }

    def injected(self, parameter: Syntax, scope: Scope) -> Value | None:
        annotation = parameter.part("type")
        told = annotation.text.lstrip(": ") if annotation is not None else ""
        known = scope.find(told) if re.fullmatch(r"[A-Z]\w*", told) else None
        if known is None or known.kind != "class" or len(self.active) > INSTANCES:
            return None
        return self.instance(known, [])


__all__ = ["Classes"]
