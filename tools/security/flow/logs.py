"""Passwords and keys that are written where many people read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.weaknesses import Weakness, tell

LOGGED = Weakness(
    "secret-in-log", 532, Severity.MEDIUM, "whoever reads the log reads a password or a key",
    "Leave it out, or log a part that says nothing.",
)  # fmt: skip
PERSONAL = Weakness(
    "personal-data-in-log", 532, Severity.LOW, "the log holds data of a person", "Log an id instead.", Confidence.LOW
)
LEVELS = frozenset(["debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal"])
LOGGER = re.compile(r"log", re.IGNORECASE)
SECRET = re.compile(
    r"(^|_)(passw(or)?d|passwd|pwd|secret|secret_?key|api_?key|private_?key|access_?key|credit_?card|card_?number|cvv|ssn)$",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"^(e_?mail|phone(_number)?|first_?name|last_?name|address|birth_?date|date_of_birth)$", re.IGNORECASE
)
HIDING = re.compile(r"len|bool|mask|redact|hide|hash|obfuscate|censor|isinstance|type", re.IGNORECASE)


def check_logged(node: ast.Call, frame: Frame, machine: Machine) -> None:
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in LEVELS or frame.module.is_test:
        return
    if not LOGGER.search(ast.unparse(node.func.value)):
        return
    names = [
        name
        for argument in (*node.args, *(k.value for k in node.keywords if k.arg != "extra"))
        for name in _names(argument)
    ]
    if any(SECRET.search(name) for name in names):
        tell(LOGGED, node, frame, machine, confidence=Confidence.LOW)
    elif any(PERSON.search(name) for name in names):
        tell(PERSONAL, node, frame, machine)


def _names(node: ast.AST) -> Iterator[str]:
    """Of the values that are written as they are."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        inner = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Attribute) and not HIDING.search(called):
            inner.append(node.func.value)
        for part in inner if not HIDING.search(called) else ():
            yield from _names(part)
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Subscript):
        yield from (
            [node.slice.value] if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else []
        )
    elif isinstance(node, ast.JoinedStr | ast.FormattedValue | ast.BinOp | ast.Tuple | ast.Dict):
        for child in ast.iter_child_nodes(node):
            yield from _names(child)
    elif isinstance(node, ast.IfExp):
        yield from [*_names(node.body), *_names(node.orelse)]


__all__ = ["check_logged"]
