"""Requests that another site can make in a visitor's name: cookies, routes that change something, and no token."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.modules import required, resolved
from tools.security.scripts.syntax import Syntax

RULE = "request-forgery"
COOKIES = re.compile(
    r"^(cookie-parser|express-session|cookie-session|client-sessions|express\.(cookieParser|session)|"
    r"express\(\)\.(cookieParser|session)|passport\.session|connect\.(cookieParser|session)|koa-session\w*)\(\)$"
)
CHANGING = re.compile(r"\.(post|put|patch|delete|del)$")
WHO = re.compile(r"\b(req|request|ctx|context)\.(cookies|signedCookies|session|user)\b")
TOKEN = re.compile(r"csu?rf|xsrf|lusca|same-?site|captcha|x-requested-with|\.origin\b|sec-fetch-site", re.I)
FOR_ALL = re.compile(r"\.use\s*\((?:[^;]|;(?=[^\n]*\)))*?(csu?rf|xsrf|lusca|check\w*Token)", re.I)
ROUTE = re.compile(r"\.(post|put|patch|delete)\s*\(\s*['\"`]/")
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.S)
REACHED = 60


def check_forgery(machine: Machine, call: Call) -> None:
    """Where cookies are read for all routes, or for one of them."""
    if not re.search(r"\.(use|post|put|patch|delete)$", call.spelled):
        return
    node = next((n for n, value in zip(call.nodes, call.arguments, strict=False) if COOKIES.match(value.name)), None)
    if node is None or any(file == machine.tree.file and rule == RULE for file, _, rule in machine.findings):
        return
    if call.spelled.endswith(".use"):
        told = _is_open(machine)
    else:
        told = TOKEN.search(call.node.text) is None and WHO.search(call.node.text) is not None
    if told:
        machine.report(
            node,
            RULE,
            352,
            Severity.MEDIUM,
            Confidence.MEDIUM,
            "routes that change something trust the cookie alone",
            "Ask for a token (csrf), or set sameSite: 'strict' on the cookie.",
        )


def _is_open(machine: Machine) -> bool:
    """A route that changes something reads who asks from a cookie, and neither it nor all routes ask for a token."""
    own = COMMENT.sub("", machine.tree.text)
    if re.search(r"same-?site", own, re.I) or FOR_ALL.search(own):
        return False
    routes = list(_routes(machine.tree.root))
    if routes:
        return any(TOKEN.search(route.text) is None and WHO.search(route.text) for route in routes)
    texts = [own, *(COMMENT.sub("", text) for text in _required(machine))]
    return (
        not any(TOKEN.search(text) for text in texts)
        and any(ROUTE.search(text) for text in texts)
        and any(WHO.search(text) for text in texts)
    )


def _routes(node: Syntax) -> Iterator[Syntax]:
    for kid in node.kids:
        function = kid.part("function") if kid.type == "call_expression" else None
        if function is not None and CHANGING.search(function.text) and _is_route(kid):
            yield kid
        yield from _routes(kid)


def _is_route(call: Syntax) -> bool:
    given = call.part("arguments")
    first = given.kids[0] if given is not None and given.kids else None
    return first is not None and first.string is not None and first.string.startswith("/")


def _required(machine: Machine) -> Iterator[str]:
    """Texts of the scripts that this one asks for, and those that they ask for."""
    waiting, seen = [machine.tree.file], {machine.tree.file}
    texts = machine.modules.texts
    while waiting and len(seen) < REACHED:
        file = waiting.pop()
        for source in required(texts[file]):
            other = resolved(file, source, texts)
            if other is not None and other not in seen:
                seen.add(other)
                waiting.append(other)
                yield texts[other]


__all__ = ["check_forgery"]
