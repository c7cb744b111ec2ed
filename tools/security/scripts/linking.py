"""What scripts of a folder take from each other, and give."""

from __future__ import annotations

import re
from dataclasses import replace

from tools.security.scripts.classes import Classes
from tools.security.scripts.modules import module_name
from tools.security.scripts.syntax import DECLARING, FUNCTIONS, Syntax
from tools.security.scripts.values import NOTHING, Scope, Value

CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
EXPORTED = re.compile(r"(?:module\.)?exports\.([A-Za-z_$][\w$]*)$")


class Linking(Classes):
    def load(self) -> None:
        """The script's own statements."""
        self.execute(self.tree.root, self.top)
        for value in self.given().values():
            self.exporting(value)
        self.exporting(self.whole_module())

    def given(self) -> dict[str, Value]:
        """Name → what the script exports under it, as far as it was followed."""
        whole = self.top.names.get("module.exports")
        found = dict(whole.fields or {}) if whole is not None and whole.kind == "object" else {}
        for place, value in self.top.names.items():
            match = EXPORTED.match(place)
            if match:
                found[match[1]] = value
        for outside, inside in self.exported_names.items():
            held = self.top.find(inside)
            if held is not None:
                found[outside] = held
        return found | self.exported_values

    def whole_module(self) -> Value:
        """For whoever requires it."""
        whole = self.top.names.get("module.exports", NOTHING)
        fields = self.given()
        if whole is NOTHING or (whole.kind == "object" and not whole.name):
            return Value(kind="module", fields=fields)
        return replace(whole, fields={**(whole.fields or {}), **fields}) if fields else whole

    def _export(self, node: Syntax, scope: Scope) -> None:
        inner = node.part("declaration") or node.part("value")
        default = re.match(r"export\s+default\b", node.text) is not None
        if inner is None:
            self._export_list(node)
            return
        name = inner.part("name")
        if inner.type in FUNCTIONS:
            self.exported.add(id(inner))
            value = self.function(inner, scope) if inner.type not in DECLARING else scope.find((name or inner).text)
        elif inner.type in CLASSES:
            value = self.class_body(inner, scope)
        elif inner.type.endswith("_declaration"):
            self.execute(inner, scope)
            self.exported_names |= {
                text: text for text in ((kid.part("name") or kid).text for kid in (inner, *inner.kids))
            }
            return
        else:
            value = self.evaluate(inner, scope)
            default = True
            self.exporting(value)
        if value is not None:
            self.exported_values["default" if default else (name or inner).text] = value

    def _export_list(self, node: Syntax) -> None:
        """`export { a as b }`, `export { a } from "./x"`, `export * from "./x"`."""
        source = node.part("source")
        other = self.modules.exports(node.tree.file, source.text[1:-1]) if source is not None else None
        clause = next((kid for kid in node.kids if kid.type == "export_clause"), None)
        if clause is None:
            if source is None and re.match(r"export\s*=", node.text) and node.kids:
                self.top.names["module.exports"] = self.evaluate(node.kids[0], self.top)
            if other is not None:
                self.exported_values = {**(other.fields or {}), **self.exported_values}
            return
        for one in clause.kids:
            name, alias = one.part("name"), one.part("alias")
            if name is None:
                continue
            if source is None:
                self.exported_names[(alias or name).text] = name.text
            elif other is not None and name.text in (other.fields or {}):
                self.exported_values[(alias or name).text] = other.held(name.text)

    def exporting(self, value: Value) -> None:
        for held in (value, *(value.fields or {}).values()):
            if held.closure is not None:
                self.exported.add(id(held.closure.node))

    def _import(self, node: Syntax, scope: Scope) -> None:
        source = node.part("source")
        clause = next((kid for kid in node.kids if kid.type in {"import_clause", "import_require_clause"}), None)
        if clause is None:
            return
        required = clause.part("source") if clause.type == "import_require_clause" else source
        written = required.text[1:-1] if required is not None else ""
        module = module_name(written)
        other = self.modules.exports(node.tree.file, written)
        for kid in clause.kids:
            if kid.type == "identifier":
                whole = other.fields.get("default", other) if other is not None and other.fields else other
                scope.declare(kid.text, _called(whole, module or kid.text))
            elif kid.type == "namespace_import" and kid.kids:
                scope.declare(kid.kids[-1].text, _called(other, module or kid.kids[-1].text))
            elif kid.type == "named_imports":
                for one in kid.kids:
                    name, alias = one.part("name"), one.part("alias")
                    if name is not None:
                        whole_name = f"{module}.{name.text}" if module else name.text
                        held = other.held(name.text) if other is not None else None
                        scope.declare((alias or name).text, _called(held, whole_name))


def _called(value: Value | None, name: str) -> Value:
    """Rules know what comes from elsewhere by its name."""
    if value is None or value is NOTHING:
        return Value(name=name)
    return value if value.name else replace(value, name=name)


__all__ = ["Linking"]
