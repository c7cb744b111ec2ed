"""A script's statements, in the order of the text."""

from __future__ import annotations

from dataclasses import replace

from tools.security.scripts.components import Components
from tools.security.scripts.guards import absent, facts
from tools.security.scripts.syntax import DECLARING, Syntax
from tools.security.scripts.values import INPUT, NOTHING, Scope, Value, made_of, merge

BLOCKS = frozenset(
    {"statement_block", "program", "else_clause", "finally_clause", "switch_default", "class_static_block"}
)
LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})


class Statements(Components):
    def execute(self, node: Syntax, scope: Scope) -> bool:
        kind = node.type
        if kind in BLOCKS:
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
            elif self.thrown:
                self.thrown[-1].append(value)
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
            self.class_body(node, scope)
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
        self.thrown.append([])
        on = self.execute(body, scope) if body is not None else True
        told = made_of(self.thrown.pop())
        if handler is None and self.thrown:
            self.thrown[-1].append(told)
        if handler is not None:
            way = Scope(scope, branch=True)
            parameter, inner = handler.part("parameter"), handler.part("body")
            if parameter is not None:
                error = replace(told, level=min(told.level, INPUT), name="error", kind="", text=None, fields=None)
                self.bind(parameter, error, way, declare=True)
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


__all__ = ["Statements"]
