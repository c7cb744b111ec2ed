"""Files into facts, with tree-sitter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from tools.iterator.facts import FileFacts, Symbol
from tools.iterator.parts import parts_of
from tools.iterator.words import line_terms, pairs_of

GRAMMARS = {
    "python": tree_sitter_python.language,
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
}
CLASSES = frozenset(
    {"class_definition", "class_declaration", "abstract_class_declaration", "interface_declaration", "enum_declaration",
     "type_alias_declaration", "internal_module", "module"}
)  # fmt: skip
FUNCTIONS = frozenset(
    {"function_definition", "function_declaration", "generator_function_declaration", "method_definition",
     "function_signature", "abstract_method_signature"}
)  # fmt: skip
WRAPPERS = frozenset(
    {"program", "decorated_definition", "export_statement", "ambient_declaration", "lexical_declaration",
     "variable_declaration", "if_statement", "else_clause", "elif_clause", "try_statement", "except_clause",
     "with_statement", "block", "class_body", "statement_block", "interface_body", "expression_statement",
     "object_type"}
)  # fmt: skip
VALUES = frozenset({"arrow_function", "function_expression", "function", "generator_function", "class"})
PYTHON_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]{0,4000}\)|[^\n#]+)|import[ \t]+([^\n#]+))", re.MULTILINE
)
SCRIPT_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*['"]([^'"\n]+)['"]""")
PYTHON_ROUTE = re.compile(
    r"""^[ \t]*@\w[\w.]*\.(get|post|put|patch|delete|route|websocket)\(\s*f?["']([^"'\n]*)["']"""
    r"""(?s:.{0,400}?)^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)""",
    re.MULTILINE,
)
SCRIPT_ROUTE = re.compile(
    r"""\b\w*(?:app|router|server|route|api)\w*\.(get|post|put|patch|delete|all)\(\s*['"`](/[^'"`\n]*)['"`]""",
    re.IGNORECASE,
)


@lru_cache(maxsize=8)
def _parser(language: str) -> Parser:
    return Parser(Language(GRAMMARS[language]()))


@dataclass(frozen=True)
class _Span:
    name: str
    kind: str
    start: int
    end: int


def parse(language: str, content: bytes) -> FileFacts:
    text = content.decode("utf-8", "replace")
    by_line = [line_terms(line) for line in text.split("\n")]
    tree = _parser(language).parse(content)
    spans = list(_spans(tree.root_node, ""))
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for terms in by_line:
        words.update(terms)
        pairs.update(pairs_of(terms))
    return FileFacts(
        language=language,
        lines=len(by_line),
        words=dict(words),
        pairs=dict(pairs),
        symbols=tuple(_symbol(span, spans, by_line) for span in spans),
        imports=tuple(dict.fromkeys(_imports(language, text))),
        routes=tuple(_routes(language, text)),
        parts=parts_of(language, text),
    )


def _spans(node: Node, prefix: str, start: int | None = None) -> Iterator[_Span]:
    """Definitions outside function bodies; `start`: of a decorator or `export` before one."""
    for child in node.named_children:
        first = child.start_point[0] + 1 if start is None else start
        if child.type in CLASSES or child.type in FUNCTIONS:
            name = child.child_by_field_name("name")
            if name is None or name.text is None:
                continue
            full = prefix + name.text.decode("utf-8", "replace").strip("'\"")
            kind = "class" if child.type in CLASSES else "function"
            yield _Span(full, kind, first, child.end_point[0] + 1)
            body = child.child_by_field_name("body")
            if body is not None and kind == "class":
                yield from _spans(body, full + ".")
        elif child.type in ("variable_declarator", "public_field_definition", "field_definition"):
            yield from _assigned(child, prefix, first)
        elif child.type in WRAPPERS:
            outer = first if child.type in ("decorated_definition", "export_statement", "lexical_declaration") else None
            yield from _spans(child, prefix, outer)


def _assigned(node: Node, prefix: str, first: int) -> Iterator[_Span]:
    """`const handler = (request) => ...`; also what is wrapped in a call: `memo(() => ...)`."""
    name, value = (
        node.child_by_field_name("name") or node.child_by_field_name("property"),
        node.child_by_field_name("value"),
    )
    if name is None or name.text is None or value is None or name.type not in ("identifier", "property_identifier"):
        return
    full = prefix + name.text.decode("utf-8", "replace")
    if value.type in VALUES or value.type in ("call_expression", "object", "as_expression", "satisfies_expression"):
        yield _Span(full, "function", first, node.end_point[0] + 1)


def _symbol(span: _Span, spans: list[_Span], by_line: list[list[str]]) -> Symbol:
    words: Counter[str] = Counter()
    if span.kind == "class":
        inner = f"{span.name}."
        lines = {n for s in spans if s.name.startswith(inner) for n in range(s.start, s.end + 1)}
        for number in range(span.start, span.end + 1):
            if number not in lines:
                words.update(by_line[number - 1])
    else:
        for number in range(span.start, span.end + 1):
            words.update(by_line[number - 1])
    return Symbol(span.name, span.kind, span.start, span.end, dict(words))


def _imports(language: str, text: str) -> Iterator[str]:
    if language != "python":
        yield from SCRIPT_IMPORT.findall(text)
        return
    for source, names, plain in PYTHON_IMPORT.findall(text):
        if plain:
            yield from (name.split(" as ")[0].strip() for name in plain.split(","))
            continue
        for name in re.sub(r"#[^\n]*|[()\\]", " ", names).split(","):
            bare = name.split(" as ")[0].strip()
            if bare:
                yield f"{source}:{bare}"


def _routes(language: str, text: str) -> Iterator[tuple[str, str]]:
    if language == "python":
        for method, path, name in PYTHON_ROUTE.findall(text):
            yield (f"{method.upper()} {path}" if method != "route" else path, name)
    else:
        for method, path in SCRIPT_ROUTE.findall(text):
            yield f"{method.upper()} {path}", ""


__all__ = ["parse"]
