"""Settings of Django and Flask that take a protection away: by name, and by the value that does."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.values import Value

WEAK_HASHERS = re.compile(r"MD5PasswordHasher|SHA1PasswordHasher|CryptPasswordHasher")
FOR_ALL = 0o002


@dataclass(frozen=True)
class Setting:
    rule: str
    cwe: int
    weak: Callable[[Value], bool]
    why: str
    fix: str


def _is(wanted: bool) -> Callable[[Value], bool]:
    return lambda value: value.const is wanted


def _texts(value: Value) -> list[str]:
    return [str(item.const) for item in (value.items or {}).values()]


def _without_csrf(value: Value) -> bool:
    names = _texts(value)
    return any(name.startswith("django.") for name in names) and not any("CsrfViewMiddleware" in n for n in names)


def _weak_hasher_first(value: Value) -> bool:
    """The first one hashes what is new; the others only know what is old."""
    return bool(names := _texts(value)) and bool(WEAK_HASHERS.search(names[0]))


def _for_everybody(value: Value) -> bool:
    return isinstance(value.const, int) and not isinstance(value.const, bool) and bool(value.const & FOR_ALL)


DEBUG = Setting(
    "debug-mode", 489, _is(wanted=True), "debug mode shows code and settings to visitors",
    "Read it from the environment, off by default.",
)  # fmt: skip
CSRF = Setting(
    "csrf-off", 352, _is(wanted=False), "other sites can post in a visitor's name", "Leave the protection on."
)
CLEAR = Setting("insecure-cookie", 614, _is(wanted=False), "the cookie is also sent without TLS", "Set it to True.")
READABLE = Setting("cookie-readable", 1004, _is(wanted=False), "scripts can read the cookie", "Set it to True.")
CORS = Setting("cors-open", 942, _is(wanted=True), "any site may read what is answered", "Name the allowed origins.")
RIGHTS = Setting(
    "world-writable", 732, _for_everybody, "uploaded files become writable for everybody",
    "Give rights to the owner only, such as 0o600.",
)  # fmt: skip
MAIL = Setting(
    "clear-text-protocol", 319, _is(wanted=False), "mail and its password are sent in clear text", "Set it to True."
)
COOKIES = {
    **dict.fromkeys(["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "REMEMBER_COOKIE_SECURE"], CLEAR),
    **dict.fromkeys(["SESSION_COOKIE_HTTPONLY", "REMEMBER_COOKIE_HTTPONLY"], READABLE),
}
OF_FLASK = {"DEBUG": DEBUG, "WTF_CSRF_ENABLED": CSRF, **COOKIES}
"""Items of an application's configuration."""
OF_DJANGO = {
    "DEBUG": DEBUG,
    **COOKIES,
    **dict.fromkeys(["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"], CORS),
    **dict.fromkeys(["FILE_UPLOAD_PERMISSIONS", "FILE_UPLOAD_DIRECTORY_PERMISSIONS"], RIGHTS),
    "EMAIL_USE_TLS": MAIL,
    **dict.fromkeys(["MIDDLEWARE", "MIDDLEWARE_CLASSES"], replace(CSRF, weak=_without_csrf)),
    "PASSWORD_HASHERS": Setting(
        "weak-password-hash", 916, _weak_hasher_first, "a stolen password table is guessed quickly",
        "Put an Argon2 or PBKDF2 hasher first.",
    ),
}  # fmt: skip
"""Names of a settings module."""


ELSEWHERE_TOO = frozenset(OF_DJANGO) - {"DEBUG", "MIDDLEWARE", "MIDDLEWARE_CLASSES"}
"""Names that nothing else has."""


def check_setting(
    setting: Setting | None,
    value: Value,
    node: ast.AST,
    frame: Frame,
    machine: Machine,
    confidence: Confidence = Confidence.HIGH,
) -> None:
    if setting is not None and setting.weak(value):
        machine.report(frame, node, setting.rule, setting.cwe, Severity.MEDIUM, confidence, setting.why, setting.fix)


__all__ = ["DEBUG", "ELSEWHERE_TOO", "OF_DJANGO", "OF_FLASK", "check_setting"]
