"""JavaScript and TypeScript: data of a request or of the page's address followed to dangerous calls, within a file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from memory.records.report import Finding
from tools.security.javascript_flow import Scope, Walk
from tools.security.javascript_rules import check_node

DEPTH = 400


@lru_cache(maxsize=4)
def _parser(kind: str) -> Parser:
    grammar = {
        "js": tree_sitter_javascript.language,
        "ts": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
    }[kind]
    return Parser(Language(grammar()))


def scan_javascript(file: str, text: str) -> list[Finding]:
    suffix = PurePosixPath(file).suffix
    kind = "tsx" if suffix == ".tsx" else "ts" if suffix == ".ts" else "js"
    source = _script_of(text) if suffix == ".vue" else text
    tree = _parser(kind).parse(source.encode())
    walk = Walk(file, source)
    visit(tree.root_node, Scope({}, None), walk, 0)
    return list(walk.findings.values())


def _script_of(text: str) -> str:
    """The script of a component, its lines kept where they are."""
    start, end = text.find("<script"), text.rfind("</script")
    begin = text.find(">", start) + 1
    return "\n" * text.count("\n", 0, begin) + text[begin:end] if 0 <= start < end else ""


def visit(node: Node, scope: Scope, walk: Walk, depth: int) -> None:
    """In the order of the text, so that a variable is known before it is used."""
    if depth > DEPTH:
        return
    inner = Scope({}, scope) if node.type in FUNCTIONS else scope
    if node.type in FUNCTIONS:
        walk.parameters(node, inner)
    if node.type == "if_statement":
        _branches(node, inner, walk, depth)
        return
    for child in node.named_children:
        visit(child, inner, walk, depth + 1)
    walk.assign(node, inner)
    check_node(node, inner, walk)


FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function_declaration",
    }
)


def _branches(node: Node, scope: Scope, walk: Walk, depth: int) -> None:
    condition = node.child_by_field_name("condition")
    then, otherwise = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
    if condition is None or then is None:
        return
    visit(condition, scope, walk, depth + 1)
    constant = walk.constant_truth(condition)
    positive, negative = walk.checks(condition, scope)
    if constant is not False:
        inside = Scope({}, scope, set(positive), joined=True)
        visit(then, inside, walk, depth + 1)
    if otherwise is not None and constant is not True:
        visit(otherwise, Scope({}, scope, set(negative), joined=True), walk, depth + 1)
    if walk.ends(then):
        scope.checked |= set(negative)


__all__ = ["scan_javascript"]
