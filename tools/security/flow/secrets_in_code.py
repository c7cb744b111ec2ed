"""Passwords and keys that stand in the code. Their text is never shown."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.secret_words import SECRET_NAME, is_secret
from tools.security.flow.values import Value

CONNECTING = re.compile(
    r"(^|\.)(connect|login|create_connection|create_pool|ConnectionPool|SMTP|FTP|\w*Connection|Redis|StrictRedis|MongoClient)$"
)
"""What a constant is handed to as a password is let in by it, whatever it looks like."""
SIGNING = re.compile(r"^(JWT_)?SECRET_KEY$|^secret_key$")
"""Keys that an application signs with: whoever reads the code signs as well, however the text looks."""
COMPARED = re.compile(r"(^|_)(passw(or)?d|passwd|pwd|secret_?key|api_?key|auth_?token)$", re.IGNORECASE)
WORD = re.compile(r"[\w!#$%&*+.,@-]{4,60}")
PLAIN = re.compile(r"[\w!#$%&*+.,@-]{3,60}")
ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "environ.get", "getenv"})


def check_secret(name: str, value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    """A name that is given a text."""
    text = _text(value)
    if text is None or frame.module.is_test or not SECRET_NAME.search(name) or not is_secret(text):
        return
    _told(name, text, node, frame, machine)


def check_signing_key(name: str, value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    """Of an application's configuration."""
    text = _text(value)
    if text and SIGNING.search(name) and not frame.module.is_test and not re.search(r"[<{$]|^your|example", text, re.I):
        _told(name, text, node, frame, machine)


def check_passwords(node: ast.Call, name: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    """`connect(password="...")`, `getenv("PASSWORD", "...")`."""
    if frame.module.is_test or not (node.keywords or name in ENVIRONMENT):
        return
    for keyword in node.keywords:
        if not keyword.arg or not SECRET_NAME.search(keyword.arg):
            continue
        text = _text(given.named.get(keyword.arg, Value()))
        here = isinstance(keyword.value, ast.Constant) and CONNECTING.search(name or ast.unparse(node.func))
        if text is not None and (is_secret(text) or (here and PLAIN.fullmatch(text))):
            _told(keyword.arg, text, node, frame, machine)
    if name in ENVIRONMENT and len(given.positional) > 1:
        key, text = _text(given.positional[0]), _text(given.positional[1])
        if key and text and SECRET_NAME.search(key) and is_secret(text):
            _told(key, text, node, frame, machine, Confidence.LOW)


def check_compared(node: ast.Compare, values: list[Value], frame: Frame, machine: Machine) -> None:
    """`password == "..."`: what is let in stands in the code."""
    if len(values) != 2 or not isinstance(node.ops[0], ast.Eq | ast.NotEq) or frame.module.is_test:
        return
    for named, other in ((node.left, values[1]), (node.comparators[0], values[0])):
        text = _text(other)
        key = named.slice if isinstance(named, ast.Subscript) else None
        name = str(key.value) if isinstance(key, ast.Constant) else ast.unparse(named).rpartition(".")[2]
        if text and COMPARED.search(name) and WORD.fullmatch(text) and not text.isupper():
            _told(name, text, node, frame, machine)


def _text(value: Value) -> str | None:
    if isinstance(value.const, bytes):
        return value.const.decode("latin-1")
    return value.const if isinstance(value.const, str) else None


def _told(
    name: str, text: str, node: ast.AST, frame: Frame, machine: Machine, confidence: Confidence = Confidence.MEDIUM
) -> None:
    machine.report(
        frame, node, "hard-coded-secret", 798, Severity.HIGH, confidence,
        f"{name} is given as a constant of {len(text)} characters (not shown)",
        "Read it from the environment and replace it where it is in use.",
    )  # fmt: skip


__all__ = ["check_passwords", "check_secret", "check_signing_key"]
