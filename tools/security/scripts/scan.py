"""JavaScript and TypeScript: data of a request, a message or a page followed to dangerous calls, within a file."""

from __future__ import annotations

from memory.records.report import Finding
from tools.security.scripts.crypto import check_crypto
from tools.security.scripts.databases import check_database
from tools.security.scripts.machine import Call
from tools.security.scripts.pages import check_assigned, check_attribute, check_made, check_merging, check_trusted
from tools.security.scripts.patterns import check_built, check_pattern
from tools.security.scripts.secrets import check_named, check_secrets
from tools.security.scripts.settings import check_environment, check_given, check_pair, check_settings
from tools.security.scripts.sinks import check_sinks
from tools.security.scripts.statements import Statements
from tools.security.scripts.syntax import Syntax, Tree
from tools.security.scripts.unknown import check_scheme
from tools.security.scripts.values import Scope, Value


class Scan(Statements):
    def check_call(self, call: Call) -> None:
        check_sinks(self, call)
        check_database(self, call)
        check_trusted(self, call)
        check_built(self, call)
        check_crypto(self, call)
        check_settings(self, call)
        check_secrets(self, call)

    def check_node(self, node: Syntax, scope: Scope) -> None:
        if node.type == "pair":
            key = node.part("key")
            check_named(self, key.text.strip("'\"") if key is not None else "", node.part("value"), node)
            check_pair(self, node, scope)
            check_given(self, node, node.part("value"))
        elif node.type in {"variable_declarator", "public_field_definition", "field_definition"}:
            name = node.part("name") or node.part("property")
            check_named(self, name.text if name is not None else "", node.part("value"), node)
            check_given(self, node, node.part("value"))
        elif node.type == "regex":
            check_pattern(self, node)
        elif node.type == "jsx_attribute":
            check_attribute(self, node, scope)

    def check_made(self, node: Syntax, value: Value) -> None:
        check_made(self, node, value)
        check_scheme(self, node, value)

    def check_assignment(self, node: Syntax, target: str, value: Value, scope: Scope) -> None:
        check_assigned(self, node, target, value, scope)
        check_environment(self, node, target, value)
        check_named(self, target.rpartition(".")[2], node.part("right"), node)
        check_given(self, node, node.part("right"))

    def function(self, node: Syntax, scope: Scope) -> Value:
        if id(node) not in self.met and id(node) not in self.called:
            check_merging(self, node)
        return super().function(node, scope)


def scan_script(file: str, text: str) -> list[Finding]:
    scan = Scan(file, Tree(file, text))
    scan.run()
    return list(scan.findings.values())


__all__ = ["scan_script"]
