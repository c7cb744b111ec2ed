"""What a web application sends with its answers: cookies, who may read them, and what protects its forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.sinks import judge
from tools.security.flow.values import Value
from tools.security.flow.weaknesses import Weakness, is_off, tell

SESSION_WORDS = re.compile(r"sess|token|auth|jwt|remember|login|user|csrf|id$", re.IGNORECASE)
CLEAR = Weakness(
    "insecure-cookie", 614, Severity.MEDIUM, "the cookie is also sent without TLS",
    "Set secure=True, httponly=True, samesite='Lax'.",
)  # fmt: skip
READABLE = Weakness("cookie-readable", 1004, Severity.MEDIUM, "scripts can read the cookie", "Set httponly=True.")
OPEN = Weakness("cors-open", 942, Severity.MEDIUM, "any site may read what is answered", "Name the allowed origins.")
TOGETHER = Weakness(
    "cors-open", 942, Severity.MEDIUM, "any site may call with the visitor's cookies", "Name the allowed origins."
)
CSRF = Weakness(
    "csrf-off", 352, Severity.MEDIUM, "other sites can post in a visitor's name", "Leave the protection on."
)
COOKIE_CALLS = frozenset({"set_cookie", "set_signed_cookie", "set_secure_cookie"})
ALL_ORIGINS = re.compile(r"^\^?(\*|\.\*|\.\+)\$?$")
ORIGIN_HEADER = "access-control-allow-origin"
SETTING_HEADERS = frozenset(
    {"set", "setdefault", "add", "append", "send_header", "__setitem__", "set_header", "add_header"}
)
PROTECTIONS = ("CSRFProtect()", "CsrfProtect()", "SeaSurf()")
BY_KEY = re.compile(r"authori[sz]e|api_?key|token|signed|basic_auth|cors\b|permission_classes|api_view", re.IGNORECASE)
"""Decorators of views that are not called with a visitor's cookies."""
API = re.compile(r"webhook|callback|hook|stripe|api", re.IGNORECASE)


def check_answers(
    node: ast.Call, name: str, method: str, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if method in COOKIE_CALLS:
        _cookie(node, method, given, frame, machine)
    if method in SETTING_HEADERS and len(given.positional) > 1:
        check_header(given.positional[0], given.positional[1], node, frame, machine)
    for headers in (given.named.get("headers"), *(given.positional[2:3] if "Response" in name else ())):
        for key, value in ((headers.items or {}) if headers is not None else {}).items():
            check_header(Value(const=key), value, node, frame, machine)
    if name.rpartition(".")[2] in {"CORS", "cross_origin", "CORSMiddleware", "add_middleware"}:
        _origins(node, name, given, frame, machine)
    if given.named or method == "exempt":
        _forms(node, name, method, receiver, given, frame, machine)


def check_header(key: Value, value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    name = key.const.lower() if isinstance(key.const, str) else ""
    if name == ORIGIN_HEADER and value.taints and isinstance(node, ast.Call):
        judge(tables.ORIGIN, value, node, frame, machine)
    if name == ORIGIN_HEADER and value.const == "*":
        tell(OPEN, node, frame, machine, confidence=Confidence.LOW)
    if name == "set-cookie" and value.text.strip("\0"):
        session = SESSION_WORDS.search(value.text.partition("=")[0])
        for word, weakness in (("secure", CLEAR), ("httponly", READABLE)):
            if word not in value.text.lower():
                tell(weakness, node, frame, machine, severity=None if session else Severity.LOW)


def _cookie(node: ast.Call, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    if given.rest is not None or given.spread is not None:
        return
    # Django's, by place: key, value, max_age, expires, path, domain, secure, httponly; with salt where it is signed.
    place = 7 if method == "set_signed_cookie" else 6
    key = given.at(0, "key", "name")
    session = key is not None and isinstance(key.const, str) and SESSION_WORDS.search(key.const)
    for name, position, weakness in (("secure", place, CLEAR), ("httponly", place + 1, READABLE)):
        value = given.at(position, name)
        if value is not None and value.is_const and value.const is False:
            severity = Severity.MEDIUM if session or weakness is CLEAR else Severity.LOW
            tell(weakness, node, frame, machine, severity=severity)
        elif value is None or (value.is_const and value.const is None):
            severity = Severity.MEDIUM if session and weakness is CLEAR else Severity.LOW
            tell(weakness, node, frame, machine, severity=severity, confidence=Confidence.MEDIUM)


def _origins(node: ast.Call, name: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    resources = given.named.get("resources")
    inner = list((resources.items or {}).values()) if resources is not None and resources.name == "dict" else []
    lists = [options.items["origins"] for options in inner if options.items and "origins" in options.items]
    own = given.named.get("origins") or given.named.get("allow_origins") or given.named.get("allow_origin_regex")
    lists += [own] if own is not None else []
    together = given.named.get("allow_credentials") or given.named.get("supports_credentials")
    if any(_all_sites(value) for value in lists):
        weakness = TOGETHER if together is not None and together.const is True else OPEN
        tell(weakness, node, frame, machine, confidence=None if weakness is TOGETHER else Confidence.LOW)
    elif not lists and name.startswith("flask_cors.") and given.spread is None and not inner:
        tell(OPEN, node, frame, machine, severity=Severity.LOW, confidence=Confidence.MEDIUM)


def _all_sites(value: Value) -> bool:
    return any(ALL_ORIGINS.match(text) for text in _texts(value))


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value.const, str):
        yield value.const
    for item in (value.items or {}).values():
        if isinstance(item.const, str):
            yield item.const


def _forms(
    node: ast.Call, name: str, method: str, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if frame.module.is_test:
        return
    meta = given.named.get("meta")
    off = is_off(given.named.get("csrf_enabled")) or is_off(given.named.get("xsrf_cookies"))
    off = off or (meta is not None and meta.items is not None and is_off(meta.items.get("csrf")))
    pyramid = method in {"set_default_csrf_options", "add_view"} or name.endswith("view_config")
    if off or (pyramid and is_off(given.named.get("require_csrf"))):
        tell(CSRF, node, frame, machine)
    exempted = method == "exempt" and receiver is not None and receiver.name.endswith(PROTECTIONS)
    if exempted and not API.search(ast.unparse(node)):
        tell(CSRF, node, frame, machine)


def check_exempt(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame, machine: Machine) -> None:
    """A view whose requests nobody checks, where cookies could tell who it is."""
    text = ast.unparse(node)
    marks = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    if API.search(node.name) or re.search(r"signature|hmac|compare_digest", text) or BY_KEY.search(marks):
        return
    tell(CSRF, node, frame, machine)


__all__ = ["CLEAR", "CSRF", "PROTECTIONS", "READABLE", "check_answers", "check_exempt", "check_header"]
