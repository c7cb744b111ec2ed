"""Patterns that take very long on some texts."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.sinks import judge
from tools.security.flow.values import Value
from tools.security.flow.weaknesses import Weakness, tell

NESTED = re.compile(r"\((?:[^()\\]|\\.)*(?<!\\)[+*](?:[^()\\]|\\.)?\??\)(?:[+*]|\{\d+,(?:\d{2,})?\})")
ALTERNATIVES = re.compile(r"\((?:\?:)?(\w+)\|\1\w*\)[+*]|\(\.\*[^()]*\)[+*{]")
MATCHING = frozenset({"match", "fullmatch", "search", "findall", "sub", "split", "finditer", "subn"})
FAILING = re.compile(r"\$|\\[ZbB1-9]|\(\?[=!<]|\(\?P=")
SLOW = Weakness(
    "regex-denial-of-service", 1333, Severity.MEDIUM, "some texts take this pattern very long",
    "Make the pattern unambiguous.", Confidence.LOW,
)  # fmt: skip


def check_patterns(
    node: ast.Call, name: str, method: str, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if name == "re.compile":
        made = given.at(0, "pattern")
        text = made.const if made is not None else None
        if made is not None and made.taints:
            judge(tables.REGEX, made, node, frame, machine)
        if isinstance(text, str) and slow(text):
            tell(SLOW, node, frame, machine)
        return
    if method not in MATCHING:
        return
    if name.startswith("re.") and receiver is not None and receiver.name == "re":
        pattern, subject = given.at(0, "pattern"), given.at(2 if method == "sub" else 1, "string")
        if pattern is not None and pattern.taints:
            judge(tables.REGEX, pattern, node, frame, machine)
    elif receiver is not None and receiver.name == "re.compile()":
        pattern, subject = receiver.attributes.get("pattern"), given.at(1 if method == "sub" else 0, "string")
    else:
        return
    text = pattern.const if pattern is not None else None
    if isinstance(text, str) and slow(text, whole=method == "fullmatch") and subject is not None and subject.taints:
        judge(tables.REGEX, subject, node, frame, machine)


def slow(pattern: str, *, whole: bool = False) -> bool:
    """A repeated group whose inside can be repeated in more than one way, before something that can fail.

    `whole`: all of the text has to match, so that its end can fail."""
    for found in NESTED.finditer(pattern):
        separated = re.search(r"^\((?:\?:)?(\\s|\\\.|[-.,:/ @_])(?![?*])", found[0])
        if not separated and (whole or _can_fail(pattern[found.end() :])):
            return True
    return any(whole or _can_fail(pattern[found.end() :]) for found in ALTERNATIVES.finditer(pattern))


def _can_fail(rest: str) -> bool:
    """Behind the group: what matches nothing as well lets the first way through win."""
    if FAILING.search(rest):
        return True
    rest = re.sub(r"^(\)[*+?]*(\{[\d,]*\})?)+", "", rest)
    try:
        return re.match(rest, "") is None
    except (re.error, OverflowError, RecursionError):
        return True


__all__ = ["check_patterns", "slow"]
