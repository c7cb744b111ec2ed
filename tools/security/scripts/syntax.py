"""The tree of a script, each part of it read once."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from tools.security.scripts.wording import words

FUNCTIONS = words(
    "function_declaration function_expression arrow_function method_definition generator_function_declaration "
    "generator_function"
)
FUNCTION_KINDS = frozenset({"function_declaration", "function_expression", "arrow_function", "method_definition"})
DECLARING = frozenset({"function_declaration", "generator_function_declaration"})
THROUGH = words(
    "parenthesized_expression await_expression as_expression satisfies_expression non_null_expression type_assertion "
    "spread_element jsx_expression yield_expression expression_statement"
)
"""What is worth what stands in it."""

PAGES = frozenset(
    {".vue", ".svelte", ".html", ".htm", ".xhtml", ".jinja", ".jinja2", ".j2", ".njk", ".ejs", ".hbs", ".handlebars"}
    | {".mustache", ".twig", ".liquid"}
)
BODY = re.compile(
    r"<script\b(?![^>]*(?:\ssrc\s*=|\stype\s*=\s*(?!['\"]?(?:module|(?:text|application)/(?:x-)?(?:java|ecma)script))))[^>]*>"
    r"(.*?)(?:</script|\Z)",
    re.S | re.I,
)
TYPED = re.compile(r"<script\b[^>]*\slang\s*=\s*['\"]?tsx?\b")
COMPONENTS = frozenset({".vue", ".svelte"})
BLANKED = re.compile(r"[^\n]+")
HOLE = re.compile(r"\{\{.*?\}\}\}?|\{%.*?%\}|\{#.*?#\}|<%.*?%>", re.S)


class Syntax:
    """A node. The binding makes new objects at each look, and flows look often."""

    __slots__ = ("_kids", "_parts", "_text", "line", "parent", "raw", "tree", "type")

    def __init__(self, raw: Node, tree: Tree, parent: Syntax | None) -> None:
        self.raw = raw
        self.type: str = raw.type
        self.line: int = raw.start_point[0] + 1
        self.parent = parent
        self.tree = tree
        self._kids: list[Syntax] | None = None
        self._parts: dict[str, Syntax | None] = {}
        self._text: str | None = None

    @property
    def kids(self) -> list[Syntax]:
        """Named children without comments."""
        if self._kids is None:
            self._kids = [self.tree.of(raw, self) for raw in self.raw.named_children if raw.type != "comment"]
        return self._kids

    def part(self, name: str) -> Syntax | None:
        if name not in self._parts:
            raw = self.raw.child_by_field_name(name)
            self._parts[name] = self.tree.of(raw, self) if raw is not None else None
        return self._parts[name]

    def parts(self, name: str) -> list[Syntax]:
        return [self.tree.of(raw, self) for raw in self.raw.children_by_field_name(name)]

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.tree.source[self.raw.start_byte : self.raw.end_byte].decode("utf-8", "replace")
        return self._text

    @property
    def string(self) -> str | None:
        """Of a string without quotes; None where it is none."""
        if self.type == "string":
            return self.text[1:-1]
        if self.type == "template_string" and not any(kid.type == "template_substitution" for kid in self.kids):
            return self.text[1:-1]
        return None

    def around(self, kinds: frozenset[str]) -> Syntax | None:
        found = self.parent
        while found is not None and found.type not in kinds:
            found = found.parent
        return found


class Tree:
    def __init__(self, file: str, text: str) -> None:
        self.file = file
        suffix = PurePosixPath(file).suffix
        typed = suffix in {".ts", ".mts", ".cts"} or (suffix in PAGES and TYPED.search(text) is not None)
        kind = "tsx" if suffix == ".tsx" else "ts" if typed else "js"
        self.source = (_scripts_of(text, suffix) if suffix in PAGES else text).encode()
        self._known: dict[int, Syntax] = {}
        self._parsed = _parser(kind).parse(self.source)
        self.root = Syntax(self._parsed.root_node, self, None)
        self.text = self.source.decode()

    def of(self, raw: Node, parent: Syntax) -> Syntax:
        known = self._known.get(raw.id)
        if known is None:
            known = self._known[raw.id] = Syntax(raw, self, parent)
        return known


@lru_cache(maxsize=4)
def _parser(kind: str) -> Parser:
    grammar = {
        "js": tree_sitter_javascript.language,
        "ts": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
    }[kind]
    return Parser(Language(grammar()))


def _scripts_of(page: str, suffix: str) -> str:
    """The scripts of a component or a page, their lines kept where they are; what a template puts in is a number."""
    kept = []
    end = 0
    for match in BODY.finditer(page):
        body = match[1] if suffix in COMPONENTS else HOLE.sub(_digit, match[1])
        kept += [BLANKED.sub("", page[end : match.start(1)]), body]
        end = match.end(1)
    return "".join(kept)


def _digit(hole: re.Match[str]) -> str:
    return ("" if hole[0].startswith(("{%", "<%%")) else "0") + "\n" * hole[0].count("\n")


def parameters(function: Syntax) -> list[Syntax]:
    single = function.part("parameter")
    if single is not None:
        return [single]
    holder = function.part("parameters")
    return [kid for kid in holder.kids if kid.type != "this_type"] if holder is not None else []


def function_name(node: Syntax) -> str | None:
    """Its own, or that of the variable or field it is given to."""
    name = node.part("name")
    if name is not None:
        return name.text
    parent = node.parent
    while parent is not None and parent.type in THROUGH:
        parent = parent.parent
    if parent is None or parent.type not in {
        "variable_declarator",
        "assignment_expression",
        "pair",
        "public_field_definition",
    }:
        return None
    held = parent.part("name") or parent.part("left") or parent.part("key") or parent.part("property")
    return held.text if held is not None else None


def name_of(parameter: Syntax) -> str:
    pattern = parameter.part("pattern") or parameter.part("left")
    return (pattern or parameter).text


__all__ = [
    "DECLARING",
    "FUNCTIONS",
    "FUNCTION_KINDS",
    "THROUGH",
    "Syntax",
    "Tree",
    "function_name",
    "name_of",
    "parameters",
]
