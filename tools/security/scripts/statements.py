"""A script's statements, functions and classes, in the order of the text."""

from __future__ import annotations

import re
from dataclasses import replace

from tools.security.scripts.functions import Functions
from tools.security.scripts.guards import absent, facts
from tools.security.scripts.modules import module_name
from tools.security.scripts.syntax import FUNCTIONS, Syntax
from tools.security.scripts.values import NOTHING, Closure, Scope, Value, merge

LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
DECLARING = frozenset({"function_declaration", "generator_function_declaration"})


class Statements(Functions):
    def execute(self, node: Syntax, scope: Scope) -> bool:
        kind = node.type
        if kind in {"statement_block", "program", "else_clause", "finally_clause", "switch_default"}:
            return self._block(node.kids, scope)
        if kind == "expression_statement":
            self.evaluate(node, scope)
        elif kind in {"lexical_declaration", "variable_declaration"}:
            self._declare(node, scope)
        elif kind == "if_statement":
            return self._if(node, scope)
        elif kind in {"return_statement", "throw_statement"}:
            value = self.evaluate(node.kids[0], scope) if node.kids else NOTHING
            if kind == "return_statement":
                scope.function().returned.append(value)
            return False
        elif kind in {"break_statement", "continue_statement"}:
            return False
        elif kind in LOOPS:
            self._loop(node, scope)
        elif kind == "try_statement":
            return self._try(node, scope)
        elif kind == "switch_statement":
            self._switch(node, scope)
        elif kind in DECLARING:
            self._declare_function(node, scope)
        else:
            return self._other(node, scope)
        return True

    def _other(self, node: Syntax, scope: Scope) -> bool:
        if node.type in {"class_declaration", "abstract_class_declaration", "class"}:
            self._class_body(node, scope)
        elif node.type == "export_statement":
            self._export(node, scope)
        elif node.type == "import_statement":
            self._import(node, scope)
        elif node.type == "labeled_statement" and node.kids:
            return self.execute(node.kids[-1], scope)
        elif node.type not in {
            "interface_declaration",
            "type_alias_declaration",
            "empty_statement",
            "enum_declaration",
            "ambient_declaration",
        }:
            self.evaluate(node, scope)
        return True

    def _block(self, nodes: list[Syntax], scope: Scope) -> bool:
        for node in nodes:
            inner = (node.part("declaration") or node) if node.type == "export_statement" else node
            if inner.type in DECLARING:
                self._declare_function(inner, scope)
        return all(node.type in DECLARING or self.execute(node, scope) for node in nodes)

    def _declare_function(self, node: Syntax, scope: Scope) -> None:
        name = node.part("name")
        if name is not None:
            held = scope.names.get(name.text)
            if held is None or held.closure is None or held.closure.node is not node:
                scope.declare(name.text, self.function(node, scope))

    def _declare(self, node: Syntax, scope: Scope) -> None:
        for kid in node.kids:
            if kid.type != "variable_declarator":
                continue
            name, value = kid.part("name"), kid.part("value")
            found = self.evaluate(value, scope)
            if value is not None and value.type == "regex":
                found = Value(kind="regex", text=value.text)
            self.check_node(kid, scope)
            if name is not None:
                self.bind(name, found, scope, declare=True)

    def _if(self, node: Syntax, scope: Scope) -> bool:
        condition, then, otherwise = node.part("condition"), node.part("consequence"), node.part("alternative")
        if condition is None or then is None:
            return True
        self.evaluate(condition, scope)
        constant = condition.text.strip("() ")
        yes, no = facts(condition)
        no = [*no, *absent(condition)]
        ways: list[Scope] = []
        for part, told, never in ((then, yes, constant in {"false", "0"}), (otherwise, no, constant in {"true", "1"})):
            way = Scope(scope, branch=True)
            self.apply(told, way)
            if not never and (part is None or self.execute(part, way)):
                ways.append(way)
        if len(ways) == 1:
            scope.names.update(ways[0].names) if scope.branch else self._take(scope, ways[0])
        else:
            merge(scope, ways)
        return bool(ways)

    def _take(self, scope: Scope, way: Scope) -> None:
        """The only way on: what was found out on it holds from here."""
        for name, value in way.names.items():
            if "." in name or "[" in name or scope.function().names.get(name) is None:
                scope.names[name] = value
            else:
                scope.assign(name, value)

    def _loop(self, node: Syntax, scope: Scope) -> None:
        way = Scope(scope, branch=True)
        if node.type == "for_in_statement":
            left, right = node.part("left"), node.part("right")
            value = self.evaluate(right, way)
            of = (node.part("operator") or node).text == "of"
            item = self._item(value) if of else replace(value, fields=None, kind="string") if value.level else NOTHING
            if left is not None:
                self.bind(left, item, way, declare=True)
        for part in ("initializer", "condition"):
            inner = node.part(part)
            if inner is not None and inner.type != "empty_statement":
                self.execute(inner, way)
        body, increment = node.part("body"), node.part("increment")
        condition = node.part("condition")
        if condition is not None and node.type == "while_statement":
            self.apply(facts(condition)[0], way)
        if body is not None:
            self.execute(body, way)
        self.evaluate(increment, way)
        merge(scope, [way, Scope(scope, branch=True)])

    def _try(self, node: Syntax, scope: Scope) -> bool:
        body, handler, final = node.part("body"), node.part("handler"), node.part("finalizer")
        on = self.execute(body, scope) if body is not None else True
        if handler is not None:
            way = Scope(scope, branch=True)
            parameter, inner = handler.part("parameter"), handler.part("body")
            if parameter is not None:
                self.bind(parameter, Value(name="error"), way, declare=True)
            again = self.execute(inner, way) if inner is not None else True
            if again:
                merge(scope, [way, Scope(scope, branch=True)])
            on = on or again
        if final is not None:
            on = self.execute(final, scope) and on
        return on

    def _switch(self, node: Syntax, scope: Scope) -> None:
        self.evaluate(node.part("value"), scope)
        body = node.part("body")
        ways = [Scope(scope, branch=True)]
        for case in body.kids if body is not None else []:
            way = Scope(scope, branch=True)
            value = case.part("value")
            self.evaluate(value, way)
            self._block([kid for kid in case.kids if value is None or kid is not value], way)
            ways.append(way)
        merge(scope, ways)

    def _class_body(self, node: Syntax, scope: Scope) -> None:
        inner = Scope(scope, owner=None)
        inner.names["this"] = Value(kind="object", fields={})
        body, name = node.part("body"), node.part("name")
        methods: list[tuple[str, Syntax]] = []
        for kid in body.kids if body is not None else []:
            key = kid.part("name") or kid.part("property")
            if kid.type == "method_definition" and key is not None:
                methods.append((key.text, kid))
            elif kid.type in {"public_field_definition", "field_definition"} and key is not None:
                value = self.evaluate(kid.part("value"), inner)
                self.check_node(kid, inner)
                inner.names["this"] = inner.names["this"].with_field(key.text, value)
            elif kid.type == "class_static_block":
                self._block(kid.kids, inner)
        for key_text, method in methods:
            value = Value(kind="function", closure=Closure(method, inner))
            inner.names["this"] = inner.names["this"].with_field(key_text, value)
        for key_text, method in methods:
            closure = Closure(method, inner)
            if key_text == "constructor":
                self.invoke(closure, self.default_arguments(closure))
            else:
                self.met[id(method)] = closure
        if name is not None:
            scope.declare(name.text, Value(name=name.text, kind="class", fields=inner.names["this"].fields))

    def _export(self, node: Syntax, scope: Scope) -> None:
        inner = node.part("declaration") or node.part("value")
        if inner is None:
            self.exported_names |= set(re.findall(r"\w+", node.text))
            return
        if inner.type in FUNCTIONS:
            self.exported.add(id(inner))
            if inner.type not in DECLARING:
                self.function(inner, scope)
            return
        if inner.type.endswith("_declaration") or inner.type == "class":
            self.execute(inner, scope)
            self.exported_names |= {(kid.part("name") or kid).text for kid in (inner, *inner.kids)}
        else:
            value = self.evaluate(inner, scope)
            self._exports(value)

    def _exports(self, value: Value) -> None:
        for held in (value, *(value.fields or {}).values()):
            if held.closure is not None:
                self.exported.add(id(held.closure.node))

    def _import(self, node: Syntax, scope: Scope) -> None:
        source = node.part("source")
        clause = next((kid for kid in node.kids if kid.type in {"import_clause", "import_require_clause"}), None)
        if clause is None:
            return
        required = clause.part("source") if clause.type == "import_require_clause" else source
        module = module_name(required.text[1:-1]) if required is not None else ""
        for kid in clause.kids:
            if kid.type == "identifier":
                scope.declare(kid.text, Value(name=module or kid.text))
            elif kid.type == "namespace_import" and kid.kids:
                scope.declare(kid.kids[-1].text, Value(name=module or kid.kids[-1].text))
            elif kid.type == "named_imports":
                for one in kid.kids:
                    name, alias = one.part("name"), one.part("alias")
                    if name is not None:
                        whole = f"{module}.{name.text}" if module else name.text
                        scope.declare((alias or name).text, Value(name=whole))


__all__ = ["Statements"]
