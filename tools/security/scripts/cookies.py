"""Cookies that go without TLS, that scripts read, or that other sites may send."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.values import NOTHING, Value
from tools.security.scripts.wording import words

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
COOKIE = ("insecure-cookie", 614, MEDIUM)
READABLE = ("script-readable-cookie", 1004, MEDIUM)
SENT_OPENLY = "the cookie is also sent without TLS"
READ = "scripts of the page can read the cookie"
ALL_THREE = "Set secure, httpOnly and sameSite."
SESSION_NAME = re.compile(r"sess|token|auth|jwt|sid|user|login|remember", re.I)
SETTING = re.compile(r"(^|\.)(cookie|setCookie)$|[cC]ookies(\(\))?\.set$|^(js-cookie|cookies|Cookies)\.set$")
SESSIONS = words(
    "express-session cookie-session session cookieSession express.session express.cookieSession client-sessions"
)
DEFAULTS = words("cookie-session cookieSession express.cookieSession")
"""Which set secure by themselves where the request came over TLS."""


def check_cookies(machine: Machine, call: Call) -> None:
    if call.name in SESSIONS and call.nodes:
        _session(machine, call, call.argument(0))
    elif call.name == "csurf" and call.argument(0).held("cookie").fields is not None:
        _switched(machine, call, call.argument(0).held("cookie"))
    elif re.search(r"(^|\.)(setHeader|append|header|writeHead|set)$", call.spelled):
        _header(machine, call)
    elif SETTING.search(call.spelled) and len(call.arguments) >= 2 and call.receiver.kind != "request":
        _cookie(machine, call)


def _cookie(machine: Machine, call: Call) -> None:
    options = call.argument(2)
    named = SESSION_NAME.search(call.argument(0).text or (call.nodes[0].text if call.nodes else "")) is not None
    if len(call.nodes) > 2 and options.fields is None:
        return
    fields = options.fields or {}
    if _switched(machine, call, options):
        return
    if named and "secure" not in fields and "..." not in fields:
        machine.report(call.node, *COOKIE, LIKELY, SENT_OPENLY, ALL_THREE)


def _switched(machine: Machine, call: Call, options: Value) -> bool:
    """What an object of options says itself."""
    if _is(options.held("secure"), "false"):
        machine.report(call.node, *COOKIE, LIKELY, SENT_OPENLY, ALL_THREE)
    if _is(options.held("httpOnly"), "false"):
        machine.report(call.node, *READABLE, LIKELY, READ, "Set httpOnly.")
    if (options.held("sameSite").text or "").lower() == "none":
        why, fix = "other sites can have it sent", "Set sameSite: lax, or check a token against forged requests."
        machine.report(call.node, "cookie-of-other-sites", 1275, MEDIUM, DOUBTFUL, why, fix)
    return _is(options.held("secure"), "false")


def _is(value: Value, word: str) -> bool:
    return value.kind == "boolean" and value.text == word


def _session(machine: Machine, call: Call, options: Value) -> None:
    fields = options.fields
    if fields is None:
        return
    cookie = options.held("cookie")
    for held in (options, cookie):
        if _is(held.held("httpOnly"), "false"):
            machine.report(
                call.node, *READABLE, LIKELY, "scripts of the page can read the session's cookie", "Set httpOnly."
            )
    secure = (cookie.fields or {}).get("secure") or fields.get("secure")
    if secure is not None and _is(secure, "false"):
        machine.report(call.node, *COOKIE, SURE, SENT_OPENLY, "Set secure: true.")
    elif secure is None and "..." not in fields and "..." not in (cookie.fields or {}):
        known = cookie.fields is not None or "cookie" not in fields
        if known:
            sure = DOUBTFUL if call.name in DEFAULTS else LIKELY
            machine.report(call.node, *COOKIE, sure, SENT_OPENLY, "Set secure: true.")


def _header(machine: Machine, call: Call) -> None:
    """`Set-Cookie`, as a text."""
    given = [call.argument(1)] if (call.argument(0).text or "").lower() == "set-cookie" else []
    for held in call.arguments:
        given += [value for key, value in (held.fields or {}).items() if key.lower() == "set-cookie"]
    for value in given:
        some = list((value.fields or {}).values()) if value.kind == "array" else [value]
        for text in (held.text for held in some if held is not NOTHING and held.text):
            name = text.partition("=")[0]
            if "=" in text and re.search(r";\s*secure\b", text, re.I) is None and "max-age=0" not in text.lower():
                sure = LIKELY if SESSION_NAME.search(name) else DOUBTFUL
                machine.report(call.node, *COOKIE, sure, SENT_OPENLY, "Add Secure and HttpOnly.")


__all__ = ["check_cookies"]
