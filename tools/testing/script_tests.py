"""What a test file in JavaScript or TypeScript is made of, by tree-sitter: its tests by their titles, and the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import PurePosixPath

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

GRAMMARS: dict[str, Callable[[], object]] = {
    ".ts": tree_sitter_typescript.language_typescript,
    ".mts": tree_sitter_typescript.language_typescript,
    ".cts": tree_sitter_typescript.language_typescript,
    ".tsx": tree_sitter_typescript.language_tsx,
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), tree_sitter_javascript.language),
}
TESTS = frozenset({"test", "it", "specify"})
SUITES = frozenset({"describe", "suite", "context"})
AROUND = frozenset({"for_statement", "for_in_statement", "if_statement", "else_clause", "try_statement"})
PLACEHOLDER = re.compile(r"%[sdifjop#%]|\$\{[^}]*\}|\$[A-Za-z_][\w.]*")
LABEL = 60


def is_script(path: str) -> bool:
    return PurePosixPath(path).suffix in GRAMMARS


def parts_of(path: str, text: str) -> dict[str, str]:
    """Name → a form of it that comments and layout do not change. Imports have none. Raises SyntaxError."""
    root = _parser(PurePosixPath(path).suffix).parse(text.encode()).root_node
    if root.has_error:
        raise SyntaxError(f"{path} cannot be parsed")
    found: dict[str, str] = {}
    for name, form in _parts(root, ()):
        place = name
        number = 1
        while place in found:
            number += 1
            place = f"{name} ({number})"
        found[place] = form
    return found


def fits(part: str, name: str) -> bool:
    """Whether a test that was reported under `name` is this one: titles of tables have places for values."""
    if part == name:
        return True
    pieces = PLACEHOLDER.split(part)
    return len(pieces) > 1 and re.fullmatch(".*".join(map(re.escape, pieces)), name, re.DOTALL) is not None


@cache
def _parser(suffix: str) -> Parser:
    return Parser(Language(GRAMMARS[suffix]()))


def _parts(node: Node, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for child in node.named_children:
        if child.type in ("comment", "import_statement"):
            continue
        statement = child.child_by_field_name("declaration") or child if child.type == "export_statement" else child
        call = _call(statement)
        kind = _kind(call) if call is not None else ""
        if call is not None and kind:
            yield from _of_call(statement, call, kind, above)
        elif statement.type in AROUND:
            yield from _around(statement, above)
        else:
            yield "::".join((*above, _label(statement))), _form(statement)


def _of_call(statement: Node, call: Node, kind: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    arguments = call.child_by_field_name("arguments")
    given = [] if arguments is None else [part for part in arguments.named_children if part.type != "comment"]
    inner = (*above, _title(given[0]) if given else "?")
    body = next((part.child_by_field_name("body") for part in reversed(given) if "function" in part.type), None)
    if kind == "test" or body is None:
        yield "::".join(inner), _form(statement)
        return
    yield "::".join(inner), _form(statement, body)
    yield from _parts(body, inner)


def _around(statement: Node, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Tests in a loop or under a condition."""
    blocks = list(_blocks(statement))
    head = _form(statement, *blocks)
    yield "::".join((*above, head[:LABEL])), head
    for block in blocks:
        yield from _parts(block, above)


def _blocks(statement: Node) -> Iterator[Node]:
    for child in statement.named_children:
        if child.type == "statement_block":
            yield child
        elif child.type in AROUND:
            yield from _blocks(child)


def _call(statement: Node) -> Node | None:
    node: Node | None = statement
    while node is not None and node.type in ("expression_statement", "await_expression", "unary_expression"):
        node = next((part for part in node.named_children if part.type != "comment"), None)
    return node if node is not None and node.type == "call_expression" else None


def _kind(call: Node) -> str:
    """`test`, `suite` or nothing."""
    words: list[str] = []
    node = call.child_by_field_name("function")
    while node is not None and node.type in ("member_expression", "call_expression"):
        if node.type == "member_expression":
            words.append(_text(node.child_by_field_name("property")))
            node = node.child_by_field_name("object")
        else:
            node = node.child_by_field_name("function")
    words.append(_text(node))
    if SUITES & {words[0], words[-1]}:
        return "suite"
    return "test" if words[-1] in TESTS and not words[0].startswith(("before", "after", "use")) else ""


def _title(node: Node) -> str:
    text = _text(node)
    return text[1:-1] if node.type in ("string", "template_string") else text


def _label(statement: Node) -> str:
    """The name that it declares, or its first words."""
    names = [part.child_by_field_name("name") for part in (statement, *statement.named_children)]
    declared = ", ".join(_text(name) for name in names if name is not None)
    if declared and "declaration" in statement.type:
        return declared
    call = _call(statement)
    return _text(call.child_by_field_name("function")) if call is not None else _form(statement)[:LABEL]


def _form(node: Node, *without: Node) -> str:
    return " ".join(_tokens(node, frozenset(part.id for part in without)))


def _tokens(node: Node, without: frozenset[int]) -> Iterator[str]:
    if node.type in ("comment", ";") or node.id in without:
        return
    if not node.children or node.type in ("string", "template_string", "regex"):
        yield _text(node)
        return
    for child in node.children:
        yield from _tokens(child, without)


def _text(node: Node | None) -> str:
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


__all__ = ["fits", "is_script", "parts_of"]
