"""Keys in scripts that are told by what they are given to: who signs or checks tokens and sessions with a constant."""

from __future__ import annotations

import re

from tree_sitter import Node

from memory.records.report import Confidence, Severity
from tools.security.javascript_flow import Scope, Walk

KEYED = re.compile(r"^(?P<library>\w+)\.(sign|verify|encode|decode)$")
"""Second argument: the key."""
NAMED = r"['\"](jsonwebtoken|jwt-simple)"
LIBRARY = r"\b{name}\s*=\s*require\(\s*" + NAMED + r"|import\s+(\*\s+as\s+)?{name}\s+from\s+" + NAMED
OPTIONS = frozenset({"secretOrKey", "clientSecret", "consumerSecret", "signingKey"})
SESSIONS = re.compile(r"session|jwt|cookieparser|iron", re.IGNORECASE)
PLACEHOLDER = re.compile(r"^$|^[<{$%]|change.?me|your[-_ ]|example|placeholder|xxx", re.IGNORECASE)


def check_secret_argument(node: Node, name: str, arguments: list[Node], scope: Scope, walk: Walk) -> None:
    called = KEYED.match(name)
    if called and len(arguments) > 1 and _signs(called["library"], walk.source):
        key = arguments[1]
        text = walk.text(key)[1:-1] if key.type == "string" else None
        if key.type == "identifier" and (made := _constant(scope, walk.text(key))) is not None:
            text = made
        if text is not None:
            _report(node, text, "tokens are signed with a constant", walk)


def _signs(library: str, source: str) -> bool:
    return (
        "jwt" in library.lower()
        or library.lower() == "jsonwebtoken"
        or re.search(LIBRARY.format(name=library), source) is not None
    )


def _constant(scope: Scope, name: str) -> str | None:
    """The text of a variable that is nothing but a string."""
    return scope.text_of(name) if scope.is_string(name) else None


def check_secret_option(node: Node, key: str, value: Node | None, walk: Walk) -> None:
    if value is None or value.type != "string":
        return
    call = node.parent.parent.parent if node.parent is not None and node.parent.parent is not None else None
    called = walk.text(call.child_by_field_name("function") or call.child_by_field_name("constructor")) if call else ""
    if key in OPTIONS or (key == "secret" and SESSIONS.search(called)):
        _report(node, walk.text(value)[1:-1], f"{key} is a constant", walk)


def _report(node: Node, text: str, why: str, walk: Walk) -> None:
    if PLACEHOLDER.search(text):
        return
    walk.report(
        node,
        "hard-coded-secret",
        798,
        Severity.HIGH,
        Confidence.MEDIUM,
        f"{why} of {len(text)} characters (not shown)",
        "Read it from the environment.",
    )


__all__ = ["check_secret_argument", "check_secret_option"]
