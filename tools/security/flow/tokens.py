"""Signed tokens whose signature nobody checks, or that have none."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.values import Value
from tools.security.flow.weaknesses import Weakness, is_off, tell

UNVERIFIED = Weakness(
    "jwt-not-verified", 347, Severity.HIGH, "the token's signature or end is not checked",
    "Verify it with one algorithm on an allow-list.",
)  # fmt: skip
UNSIGNED = Weakness("jwt-unsigned", 347, Severity.HIGH, "the token is not signed", "Use HS256 or ES256.")
KEY_IN_CODE = Weakness(
    "hard-coded-secret", 798, Severity.HIGH, "the key of the tokens is in the code (not shown)",
    "Read it from the environment.", Confidence.MEDIUM,
)  # fmt: skip
MODULES = re.compile(r"^((jose|authlib\.jose)\.)?(jwt|jws|python_jwt)\.(?P<call>\w+)$")
VERIFIES = re.compile(r"\b(decode|verify|verify_jwt|decode_complete)\(")
PEEKS = re.compile(r"get_unverified_\w+\(|process_jwt\(|verify_signature['\"]?\s*[:,]\s*False|\bverify\s*=\s*False")


def check_tokens(node: ast.Call, name: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    match = MODULES.match(name)
    if match is None:
        return
    call = match["call"]
    if call in {"encode", "decode"} and not frame.module.is_test:
        key = given.at(1, "key")
        if key is not None and isinstance(key.const, str | bytes) and len(key.const) > 3:
            tell(KEY_IN_CODE, node, frame, machine)
    if call == "encode":
        kind = given.at(2, "algorithm")
        if kind is not None and kind.is_const and str(kind.const).lower() == "none":
            tell(UNSIGNED, node, frame, machine)
    peeked = call.startswith("get_unverified_") or call == "process_jwt"
    if peeked or (call in {"decode", "verify", "decode_complete"} and _unchecked(given)):
        only_head = "header" in call
        verified = _verified(node, frame)
        if only_head and verified:
            return
        weak = verified or only_head
        tell(UNVERIFIED, node, frame, machine, confidence=Confidence.LOW if weak else None)


def _verified(node: ast.Call, frame: Frame) -> bool:
    """The same function verifies as well: the token is only read to find the key for it."""
    own = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    for other in ast.walk(frame.function or frame.module.tree):
        if isinstance(other, ast.Call) and other is not node and other.lineno not in own:
            text = ast.unparse(other)
            if VERIFIES.search(ast.unparse(other.func) + "(") and not PEEKS.search(text):
                return True
    return False


def _unchecked(given: Arguments) -> bool:
    if is_off(given.named.get("verify")):
        return True
    options = given.at(3, "options")
    for key, value in ((options.items or {}) if options is not None else {}).items():
        pair = value.items if value.items is not None and len(value.items) == 2 and key not in value.items else None
        if value.items is not None and value.name == "tuple":
            pair = value.items
        name, switch = (pair[0].const, pair[1]) if pair is not None and 0 in pair and 1 in pair else (key, value)
        if name in {"verify_signature", "verify_exp"} and switch.const is False:
            return True
    algorithms = given.at(2, "algorithms")
    listed = algorithms.items.values() if algorithms is not None and algorithms.items is not None else ()
    return any(_is_none(value) for value in listed)


def _is_none(value: Value) -> bool:
    return str(value.const).lower() == "none"


__all__ = ["check_tokens"]
