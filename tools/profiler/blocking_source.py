"""Calls that hold up the event loop, found by reading the source: blocking calls straight inside an async function."""

from __future__ import annotations

import ast
from dataclasses import dataclass

CLIENT = "await a call of httpx.AsyncClient"
PROCESS = "await asyncio.create_subprocess_exec(...)"
THREAD = "await asyncio.to_thread(...)"
VERBS = ("get", "post", "put", "patch", "delete", "head", "request")
FIXES = {
    "time.sleep": "await asyncio.sleep(...)",
    **{f"subprocess.{name}": PROCESS for name in ("run", "call", "check_call", "check_output")},
    "os.system": PROCESS,
    **{f"{module}.{verb}": CLIENT for module in ("requests", "httpx") for verb in VERBS},
    "urllib.request.urlopen": CLIENT,
    "socket.create_connection": "await asyncio.open_connection(...)",
    "smtplib.SMTP": THREAD,
}


@dataclass(frozen=True, slots=True)
class BlockingCall:
    file: str
    line: int
    call: str
    fix: str
    function: str = ""


def blocking_calls(source: str, file: str) -> tuple[BlockingCall, ...]:
    """Of a file that does not parse: none."""
    tree = _parsed(source)
    if tree is None:
        return ()
    names = _imported_names(tree)
    found: list[BlockingCall] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            for statement in node.body:
                _collect(statement, names, (file, node.name), found)
    return tuple(sorted(found, key=lambda call: call.line))


def fix_for(source: str, line: int) -> str:
    """For the blocking call on a line, in any function; empty where none is known there."""
    tree = _parsed(source)
    if tree is None:
        return ""
    names = _imported_names(tree)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    return next((FIXES[name] for call in calls if (name := _name(call, names)) in FIXES), "")


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _imported_names(tree: ast.AST) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _name(call: ast.Call, names: dict[str, str]) -> str:
    head, _, rest = ast.unparse(call.func).partition(".")
    return ".".join(part for part in (names.get(head, ""), rest) if part)


def _collect(node: ast.AST, names: dict[str, str], where: tuple[str, str], found: list[BlockingCall]) -> None:
    # A nested function runs elsewhere (often in a thread); a nested async one is visited on its own.
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return
    if isinstance(node, ast.Call) and (call := _name(node, names)) in FIXES:
        found.append(BlockingCall(where[0], node.lineno, call, FIXES[call], where[1]))
    for child in ast.iter_child_nodes(node):
        _collect(child, names, where, found)


__all__ = ["BlockingCall", "blocking_calls", "fix_for"]
