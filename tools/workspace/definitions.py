"""What a source file defines: functions, classes, methods, routes. Python by its syntax tree, the rest by patterns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.workspace.interface import SyntaxProblem
from tools.workspace.syntax import parse

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "route", "websocket", "api_route"})
Function = ast.FunctionDef | ast.AsyncFunctionDef

_PYTHON = (r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)",)
_SCRIPT = (
    r"^[ \t]*(?:export[ \t]+)?(?:default[ \t]+)?(?:async[ \t]+)?function[ \t]*\*?[ \t]*(\w+)",
    r"^[ \t]*(?:export[ \t]+)?(?:default[ \t]+)?(?:abstract[ \t]+)?(?:class|interface|enum|type)[ \t]+(\w+)",
    r"^[ \t]*(?:export[ \t]+)?(?:const|let|var)[ \t]+(\w+)[^=\n]*=[ \t]*(?:async[ \t]*)?"
    r"(?:function\b|\([^\n]*=>|\w+[ \t]*=>)",
    r"^[ \t]+(?:public |private |protected |static |async |get |set )*"
    r"(?!(?:if|for|while|switch|catch|function|return)\b)"
    r"(\w+)[ \t]*\([^\n;]*\)[^\n;]*\{[ \t]*$",
    r"^[ \t]*\w+\.((?:get|post|put|patch|delete)\([ \t]*['\"`][^'\"`\n]+)",
)
_BRACES = (
    r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:async[ \t]+|unsafe[ \t]+|const[ \t]+)*"
    r"(?:fn|struct|enum|trait|mod|type)[ \t]+(\w+)",
    r"^func[ \t]+(?:\([^)\n]*\)[ \t]*)?(\w+)",
    r"^[ \t]*(?:(?:public|private|protected|static|final|abstract|open|override|suspend|data|sealed)[ \t]+)*"
    r"(?:class|interface|record|enum|object|fun)[ \t]+(\w+)",
    r"^[ \t]+(?:public|private|protected)[ \t][^=;\n(]*?(\w+)[ \t]*\([^;\n]*\)[^;\n]*\{[ \t]*$",
)
_SQL = (
    r"(?i)^[ \t]*create[ \t]+(?:or[ \t]+replace[ \t]+)?(?:unique[ \t]+)?\w+[ \t]+"
    r"(?:if[ \t]+not[ \t]+exists[ \t]+)?([\w.\"]+)",
)
_RUBY = (r"^[ \t]*(?:def|class|module)[ \t]+([\w.:?!]+)",)
_SHELL = (r"^[ \t]*(?:function[ \t]+)?([\w-]+)[ \t]*\(\)[ \t]*\{",)
PATTERNS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((".py", ".pyi"), _PYTHON),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte"), _SCRIPT),
    **dict.fromkeys((".go", ".rs", ".java", ".kt", ".cs", ".swift", ".scala"), _BRACES),
    ".sql": _SQL,
    ".rb": _RUBY,
    ".sh": _SHELL,
}


def definitions(path: str, text: str, *, by_syntax: bool = True) -> dict[str, bool]:
    """Name → whether it is empty (`pass`, `...`, NotImplementedError). Names are `Class.method`, `GET /items`.

    Without `by_syntax`, and where Python cannot read the text, by patterns: bare names, never empty.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in (".py", ".pyi") and by_syntax:
        tree = parse(text)
        if not isinstance(tree, SyntaxProblem):
            return dict(_python(tree, ""))
    return {found: False for pattern in PATTERNS.get(suffix, ()) for found in re.findall(pattern, text, re.MULTILINE)}


def readable(path: str, text: str) -> bool:
    """Whether `definitions` of it go by syntax."""
    return path.endswith((".py", ".pyi")) and not isinstance(parse(text), SyntaxProblem)


def _python(node: ast.AST, prefix: str) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, Function | ast.ClassDef):
            yield prefix + child.name, isinstance(child, Function) and _empty(child)
            inner = f"{prefix}{child.name}."
        if isinstance(child, Function):
            yield from ((route, False) for route in _routes(child))
        if not isinstance(child, ast.expr):
            yield from _python(child, inner)


def _empty(function: Function) -> bool:
    body = function.body
    if (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    ):
        body = body[1:]
    return all(_says_nothing(statement) for statement in body)


def _says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) and statement.value.value is ...
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(statement, ast.Pass)


def _routes(function: Function) -> Iterator[str]:
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        verb, first = decorator.func.attr, decorator.args[:1]
        if verb in VERBS and first and isinstance(first[0], ast.Constant) and isinstance(first[0].value, str):
            yield f"{verb.upper()} {first[0].value}"


__all__ = ["definitions", "readable"]
